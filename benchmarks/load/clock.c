#include "clock.h"

#include <string.h>

#include "faults.h"

uint64_t clock_ns(clockid_t clock) {
  struct timespec time = {0, 0};
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * NS_PER_SECOND + (uint64_t)time.tv_nsec;
}

uint64_t now_ns(void) { return clock_ns(CLOCK_MONOTONIC); }

clockid_t process_clock(uint64_t pid) {
  clockid_t clock;
  int error = clock_getcpuclockid((pid_t)pid, &clock);
  if (error != 0) die(2, "--server-pid %lu: %s", pid, strerror(error));
  return clock;
}
