#ifndef LOAD_USAGE_H
#define LOAD_USAGE_H

#include <stdbool.h>
#include <stdint.h>

struct options;

// What the server's process has used so far; 0 where it is not watched.
struct usage {
  // User and system together, exact.
  uint64_t cpu_ns;
  // The same, as the kernel divides it by what its timer tick found, in hundredths of a second.
  uint64_t user_ticks, system_ticks;
  // How often its main thread has waited, and how many fds these waits have found ready in all.
  uint64_t waits, found;
};

// Opens what `usage_read` reads: --server-pid and --waits-fd, where they were given.
void usage_open(const struct options *options);

struct usage usage_read(void);

// The CPU time alone, which is cheaper to read.
uint64_t usage_cpu_ns(void);

struct usage usage_difference(const struct usage *after, const struct usage *before);

#endif
