#include <stdlib.h>
#include <sys/socket.h>

#include "clock.h"
#include "connection.h"
#include "modes.h"

struct closed_loop {
  struct run *run;
  struct connection *connections;
  uint64_t round_bytes;
  int send_flags;
  // No round starts after this time.
  uint64_t end_ns;
  // How many connections still wait for an answer.
  uint64_t busy;
};

static bool is_busy(const struct connection *connection) { return connection->received < connection->goal; }

static void send_rest(struct closed_loop *loop, struct connection *connection) {
  while (connection->sent < connection->goal && connection_send(loop->run, connection, loop->send_flags)) continue;
  if (!connection_is_open(connection)) loop->busy--;
}

static void start_round(struct closed_loop *loop, struct connection *connection, uint64_t now) {
  connection->started_ns = now;
  connection->goal += loop->round_bytes;
  send_rest(loop, connection);
}

static void end_round(struct closed_loop *loop, struct connection *connection) {
  struct run *run = loop->run;
  uint64_t now = now_ns();
  tally_add(&run->tally, run->options->size, connection->goal - loop->round_bytes, connection->goal);
  if (window_is_open(&run->window)) histogram_add(&run->latency, now - connection->started_ns);
  if (now >= run->window.next_ns) window_update(run, now);
  if (run->window.state == WINDOW_CLOSED || now >= loop->end_ns) {
    loop->busy--;
  } else {
    start_round(loop, connection, now);
  }
}

static void on_end(struct closed_loop *loop, struct connection *connection) {
  struct run *run = loop->run;
  if (connection->id >= run->options->connections) {
    connection_fail(run, connection, "idle, and closed by the server");
  } else if (is_busy(connection)) {
    connection_fail(run, connection, "closed by the server after %lu of %lu bytes", connection->received,
                    connection->goal);
  } else {
    connection_close(connection);
  }
}

static void on_readable(struct closed_loop *loop, struct connection *connection, uint32_t events) {
  bool more = true;
  while (more) {
    enum receipt receipt = connection_receive(loop->run, connection);
    if (receipt == RECEIPT_END) on_end(loop, connection);
    if (!connection_is_open(connection) && is_busy(connection)) loop->busy--;
    if (receipt > RECEIPT_LAST_DATA) return;
    if (!is_busy(connection)) end_round(loop, connection);
    // Events are edge-triggered, so an end that came together with the data is not reported again.
    more = connection_is_open(connection) && (receipt == RECEIPT_DATA || events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR));
  }
}

static void turn(struct closed_loop *loop, uint64_t until_ns) {
  int ready = run_wait(loop->run, until_ns);
  for (int index = 0; index < ready; index++) {
    struct connection *connection = loop->run->events[index].data.ptr;
    uint32_t events = loop->run->events[index].events;
    if (connection->sent < connection->goal) send_rest(loop, connection);
    if (connection_is_open(connection) && events & ~(uint32_t)EPOLLOUT) on_readable(loop, connection, events);
  }
}

static void report_silent(struct closed_loop *loop) {
  for (uint64_t index = 0; index < loop->run->options->connections; index++) {
    struct connection *connection = &loop->connections[index];
    if (!connection_is_open(connection) || !is_busy(connection)) continue;
    connection_fail(loop->run, connection, "no answer: %lu of %lu bytes came back", connection->received,
                    connection->goal);
  }
}

static void start_rounds(struct closed_loop *loop) {
  loop->busy = loop->run->options->connections;
  for (uint64_t index = 0; index < loop->run->options->connections; index++) {
    start_round(loop, &loop->connections[index], now_ns());
  }
}

static void await_answers(struct closed_loop *loop) {
  uint64_t deadline = now_ns() + loop->run->options->patience_ns;
  while (loop->busy > 0 && now_ns() < deadline) turn(loop, deadline);
  report_silent(loop);
}

void run_closed_loop(struct run *run) {
  const struct options *options = run->options;
  struct closed_loop loop = {
      .run = run,
      .connections = connections_open(run, options->connections, options->idle),
      .round_bytes = options->depth * options->size,
      .send_flags = options->mode == MODE_URGENT ? MSG_OOB : 0,
      .end_ns = WAIT_FOREVER,
  };
  window_schedule(run, now_ns() + options->warmup_ns);
  start_rounds(&loop);
  while (loop.busy > 0 && run->window.state != WINDOW_CLOSED) {
    turn(&loop, run->window.next_ns);
    window_update(run, now_ns());
  }
  if (run->window.state == WINDOW_OPEN) window_close(run);
  await_answers(&loop);
}

void closed_loop_warm_up(struct run *run, uint64_t ns) {
  uint64_t count = run->options->connections;
  struct closed_loop loop = {
      .run = run,
      .connections = connections_open(run, count, 0),
      .round_bytes = run->options->size,
      .end_ns = now_ns() + ns,
  };
  start_rounds(&loop);
  while (loop.busy > 0 && now_ns() < loop.end_ns) turn(&loop, loop.end_ns);
  await_answers(&loop);
  for (uint64_t index = 0; index < count; index++) {
    if (connection_is_open(&loop.connections[index])) connection_close(&loop.connections[index]);
  }
  free(loop.connections);
}
