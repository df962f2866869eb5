#ifndef LOAD_RUN_H
#define LOAD_RUN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <time.h>

#include "crowd.h"
#include "faults.h"
#include "histogram.h"
#include "options.h"
#include "window.h"

#define EVENTS_PER_WAIT 512
#define INPUT_BYTES (256 * 1024)

// The state of one run of the load. It is allocated once, so that nothing is allocated while the load runs.
struct run {
  const struct options *options;
  int epoll;
  struct epoll_event events[EVENTS_PER_WAIT];
  char input[INPUT_BYTES];
  // Space for `output_messages` messages, the largest number that one send may carry.
  char *output;
  uint64_t output_messages;
  // The message that is expected, for comparison.
  char *expected;
  struct tally tally;
  struct window window;
  struct histogram latency, service;
  struct faults faults;
  uint64_t unanswered;
  struct crowd_report crowd;
};

struct run *run_create(const struct options *options);

#define WAIT_FOREVER UINT64_MAX

// Waits until an fd is ready or the monotonic clock reaches `until_ns`. Returns how many of run->events are set.
int run_wait(struct run *run, uint64_t until_ns);

#endif
