#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "connection.h"
#include "modes.h"

static void watch_stdin(struct run *run) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  if (epoll_ctl(run->epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event) == 0) return;
  die(2, "hold waits for the end of its standard input, which must be a pipe or a terminal: %s", strerror(errno));
}

static bool stdin_has_ended(struct run *run) { return read(STDIN_FILENO, run->input, INPUT_BYTES) == 0; }

static void on_readable(struct run *run, struct connection *connection) {
  enum receipt receipt = connection_receive(run, connection);
  if (receipt == RECEIPT_END) connection_fail(run, connection, "held, and closed by the server");
}

void run_hold(struct run *run) {
  uint64_t count = run->options->connections;
  connections_open(run, count, 0);
  watch_stdin(run);
  printf("{\"held\":%lu}\n", count);
  fflush(stdout);
  for (bool ended = false; !ended;) {
    int ready = run_wait(run, WAIT_FOREVER);
    for (int index = 0; index < ready; index++) {
      struct connection *connection = run->events[index].data.ptr;
      bool readable = run->events[index].events & ~(uint32_t)EPOLLOUT;
      if (connection == NULL) {
        ended = ended || stdin_has_ended(run);
      } else if (readable && connection_is_open(connection)) {
        on_readable(run, connection);
      }
    }
  }
  for (uint64_t index = 0; index < run->faults.count && index < FAULTS_KEPT; index++) {
    fprintf(stderr, "load: %s\n", run->faults.kept[index]);
  }
}
