#ifndef LOAD_CLOCK_H
#define LOAD_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_SECOND 1000000000ull

uint64_t clock_ns(clockid_t clock);

// The time of the monotonic clock.
uint64_t now_ns(void);

// The clock of the CPU time, user and system, of a process and all its threads. Ends the program when there is no such
// process.
clockid_t process_clock(uint64_t pid);

#endif
