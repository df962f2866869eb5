#ifndef LOAD_MEMORY_H
#define LOAD_MEMORY_H

#include <stdint.h>

// The resident memory of a process in bytes; 0 when it cannot be read. Both read /proc/PID/status.
uint64_t memory_resident(uint64_t pid);
uint64_t memory_peak(uint64_t pid);

// Lets the kernel count the peak from now on. Without the permission for that, the peak is the one since the process started.
void memory_reset_peak(uint64_t pid);

#endif
