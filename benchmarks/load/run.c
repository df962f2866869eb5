#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "message.h"
#include "usage.h"

// Calls epoll_pwait2 by its number, because glibc has a function for it only since 2.35, and Linux has the call since 5.11.
// epoll_wait(2) accepts only whole milliseconds.
static int epoll_wait_until(int epoll, struct epoll_event *events, int count, uint64_t until_ns) {
  if (until_ns == WAIT_FOREVER) return epoll_wait(epoll, events, count, -1);
  uint64_t now = until_ns == 0 ? 0 : now_ns();
  uint64_t left = until_ns > now ? until_ns - now : 0;
  if (left == 0) return epoll_wait(epoll, events, count, 0);
  struct timespec timeout = {(time_t)(left / NS_PER_SECOND), (long)(left % NS_PER_SECOND)};
  return (int)syscall(SYS_epoll_pwait2, epoll, events, count, &timeout, NULL, 0);
}

int run_wait(struct run *run, uint64_t until_ns) {
  int ready = epoll_wait_until(run->epoll, run->events, EVENTS_PER_WAIT, until_ns);
  if (ready >= 0) return ready;
  // After a debugger or SIGCONT, the caller reads its clock and waits again.
  if (errno != EINTR) die(1, "epoll_pwait2: %s", strerror(errno));
  return 0;
}

// A send carries one round of depth or batch messages. After a full socket it carries more, so there is space for 64 KiB.
static uint64_t messages_a_send(const struct options *options) {
  uint64_t round = options->depth > options->batch ? options->depth : options->batch;
  uint64_t fitting = options->mode == MODE_RATE && options->size > 0 ? 65536 / options->size : 1;
  return round > fitting ? round : (fitting > 1 ? fitting : 1);
}

struct run *run_create(const struct options *options) {
  struct run *run = calloc(1, sizeof *run);
  if (run == NULL) die(2, "not enough memory");
  run->options = options;
  run->window.next_ns = WAIT_FOREVER;
  usage_open(options);
  run->epoll = epoll_create1(EPOLL_CLOEXEC);
  if (run->epoll < 0) die(2, "epoll_create1: %s", strerror(errno));
  run->output_messages = messages_a_send(options);
  run->output = malloc(run->output_messages * options->size + 1);
  run->expected = malloc(options->size + 1);
  if (run->output == NULL || run->expected == NULL) die(2, "not enough memory for messages of %lu bytes", options->size);
  message_fill(run->output, options->size, run->output_messages);
  message_fill(run->expected, options->size, 1);
  return run;
}
