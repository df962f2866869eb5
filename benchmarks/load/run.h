#ifndef LOAD_RUN_H
#define LOAD_RUN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <time.h>

#include "faults.h"
#include "histogram.h"
#include "options.h"
#include "window.h"

#define EVENTS_PER_WAIT 512
#define INPUT_BYTES (256 * 1024)

// All that one run of the load has; made once, so that nothing is allocated while it runs.
struct run {
  const struct options *options;
  int epoll;
  struct epoll_event events[EVENTS_PER_WAIT];
  char input[INPUT_BYTES];
  // Room for `output_messages` messages: what one send may carry.
  char *output;
  uint64_t output_messages;
  // One message, to compare with.
  char *expected;
  struct tally tally;
  struct window window;
  struct histogram latency, service;
  struct faults faults;
  uint64_t unanswered;
};

struct run *run_create(const struct options *options);

#define WAIT_FOREVER UINT64_MAX

// Waits until something is ready or the monotonic clock is at `until_ns`; returns how many of run->events are set.
int run_wait(struct run *run, uint64_t until_ns);

#endif
