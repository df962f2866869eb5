#ifndef LOAD_USAGE_H
#define LOAD_USAGE_H

#include <stdbool.h>
#include <stdint.h>

struct options;

// What the server's process has used so far. All members are 0 when no process is watched.
struct usage {
  // The exact sum of user and system time.
  uint64_t cpu_ns;
  // The parts, in hundredths of a second, as the kernel estimates them at its timer ticks.
  uint64_t user_ticks, system_ticks;
  // How often the main thread has waited, and how many fds all these waits have found ready.
  uint64_t waits, found;
};

// Opens the files that `usage_read` reads, when --server-pid and --waits-fd were given.
void usage_open(const struct options *options);

struct usage usage_read(void);

// Only the CPU time, which is cheaper to read.
uint64_t usage_cpu_ns(void);

struct usage usage_difference(const struct usage *after, const struct usage *before);

#endif
