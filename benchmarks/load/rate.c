// An open loop: message k is due at start + k / rate on connection k % connections, even when the server is late.

#include "clock.h"
#include "connection.h"
#include "modes.h"

// Shortly before a message is due, and while an answer is near, the load spins and does not sleep. So its own wake-up is not
// part of the latency. It spins for at most 1 / SPIN_SHARE of the time between two messages, so that its CPU is mostly idle.
#define SPIN_SHARE 20
#define SPIN_LIMIT_NS 500000

// V8 compiles a server only after many messages, which would take minutes at a slow rate. So the first third of the warm-up is a
// closed loop. The rest is at the rate, because turns with few events take other paths through the code.
#define CLOSED_SHARE 3

struct open_loop {
  struct run *run;
  struct connection *connections;
  uint64_t start_ns, spin_ns;
  // The number of messages in the whole run, of those that are due by now, and of those that are answered.
  uint64_t planned, due, answered;
  // The number of the first message that is due in the window. It and all later ones are measured.
  uint64_t first_measured;
  uint64_t last_sent_ns;
};

static uint64_t due_ns(const struct open_loop *loop, uint64_t number) {
  return loop->start_ns + (uint64_t)((unsigned __int128)number * NS_PER_SECOND / loop->run->options->rate);
}

static uint64_t due_count(const struct open_loop *loop, uint64_t now) {
  uint64_t count = (uint64_t)((unsigned __int128)(now - loop->start_ns) * loop->run->options->rate / NS_PER_SECOND) + 1;
  return count < loop->planned ? count : loop->planned;
}

static uint64_t number_of(const struct open_loop *loop, const struct connection *connection, uint64_t sequence) {
  return sequence * loop->run->options->connections + connection->id;
}

// Sends the messages that are due. When the socket is full, the rest stays due until the socket has space. A message has a
// service time when no other message of the connection waits for its answer: a client that sends only after an answer would
// measure that time.
static void send_due(struct open_loop *loop, struct connection *connection) {
  bool room = true;
  if (connection->sent == connection->goal) return;
  loop->last_sent_ns = now_ns();
  if (connection->sent == connection->received) {
    connection->started_ns = loop->last_sent_ns;
    connection->started_at = connection->sent;
  }
  while (room && connection->sent < connection->goal) room = connection_send(loop->run, connection, 0);
}

static void make_due(struct open_loop *loop, uint64_t now) {
  uint64_t count = loop->run->options->connections;
  uint64_t from = loop->due;
  loop->due = due_count(loop, now);
  for (uint64_t number = from; number < loop->due; number++) {
    loop->connections[number % count].goal += loop->run->options->size;
  }
  uint64_t end = loop->due - from < count ? loop->due : from + count;
  for (uint64_t number = from; number < end; number++) {
    struct connection *connection = &loop->connections[number % count];
    if (connection_is_open(connection)) send_due(loop, connection);
  }
}

static void record_answers(struct open_loop *loop, const struct connection *connection, uint64_t from) {
  struct run *run = loop->run;
  uint64_t size = run->options->size;
  uint64_t now = now_ns();
  tally_add(&run->tally, size, from, connection->received);
  for (uint64_t sequence = from / size; sequence < connection->received / size; sequence++) {
    uint64_t number = number_of(loop, connection, sequence);
    loop->answered++;
    if (number < loop->first_measured) continue;
    histogram_add(&run->latency, now - due_ns(loop, number));
    if (sequence * size == connection->started_at) histogram_add(&run->service, now - connection->started_ns);
  }
}

static void on_readable(struct open_loop *loop, struct connection *connection, uint32_t events) {
  bool more = true;
  while (more) {
    uint64_t from = connection->received;
    enum receipt receipt = connection_receive(loop->run, connection);
    if (receipt == RECEIPT_END) {
      connection_fail(loop->run, connection, "closed by the server after %lu of %lu bytes", from,
                      connection->sent);
    }
    if (receipt > RECEIPT_LAST_DATA) return;
    record_answers(loop, connection, from);
    more = receipt == RECEIPT_DATA || events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);
  }
}

static void on_event(struct open_loop *loop, struct connection *connection, uint32_t events) {
  if (!connection_is_open(connection)) return;
  if (events & EPOLLOUT) send_due(loop, connection);
  if (connection_is_open(connection) && events & ~(uint32_t)EPOLLOUT) on_readable(loop, connection, events);
}

static uint64_t wait_until(const struct open_loop *loop, uint64_t deadline, uint64_t now) {
  uint64_t next = loop->due < loop->planned ? due_ns(loop, loop->due) : deadline;
  bool answer_near = loop->answered < loop->due && now - loop->last_sent_ns < loop->spin_ns;
  return answer_near || next < now + loop->spin_ns ? 0 : next - loop->spin_ns;
}

static void turn(struct open_loop *loop, uint64_t deadline) {
  uint64_t now = now_ns();
  if (now >= loop->run->window.next_ns) window_update(loop->run, now);
  make_due(loop, now);
  int ready = run_wait(loop->run, wait_until(loop, deadline, now));
  for (int index = 0; index < ready; index++) {
    on_event(loop, loop->run->events[index].data.ptr, loop->run->events[index].events);
  }
}

static void plan(struct open_loop *loop) {
  struct run *run = loop->run;
  uint64_t rate = run->options->rate;
  uint64_t warmup_ns = run->options->warmup_ns - run->options->warmup_ns / CLOSED_SHARE;
  uint64_t interval_ns = NS_PER_SECOND / rate;
  loop->planned = (uint64_t)((unsigned __int128)(warmup_ns + run->options->seconds_ns) * rate / NS_PER_SECOND);
  loop->first_measured = (uint64_t)((unsigned __int128)warmup_ns * rate / NS_PER_SECOND);
  loop->spin_ns = interval_ns / SPIN_SHARE < SPIN_LIMIT_NS ? interval_ns / SPIN_SHARE : SPIN_LIMIT_NS;
  loop->start_ns = now_ns();
  window_schedule(run, loop->start_ns + warmup_ns);
}

void run_rate(struct run *run) {
  const struct options *options = run->options;
  if (options->warmup_ns > 0) closed_loop_warm_up(run, options->warmup_ns / CLOSED_SHARE);
  struct open_loop loop = {.run = run, .connections = connections_open(run, options->connections, options->idle)};
  plan(&loop);
  while (run->window.state != WINDOW_CLOSED) turn(&loop, run->window.next_ns);
  uint64_t deadline = now_ns() + options->patience_ns;
  while (loop.answered < loop.due && now_ns() < deadline) turn(&loop, deadline);
  run->unanswered = loop.due - loop.answered;
}
