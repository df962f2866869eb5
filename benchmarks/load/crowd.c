// A crowd that sends as fast as it can, and beside it one honest client. The window opens with the first byte of the flood,
// because a server is slowest while the buffers of all sockets fill.

#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "clock.h"
#include "connection.h"
#include "honest.h"
#include "memory.h"
#include "modes.h"
#include "script.h"
#include "socket.h"

#define CHUNK_BYTES (64 * 1024)

enum { WRITABLE = 1, READABLE = 2 };

struct crowd {
  struct run *run;
  struct connection *clients;
  // WRITABLE and READABLE of each client, since its last event.
  unsigned char *states;
  struct script script;
  // The texts of the script repeated, for one send and for one recv.
  char *requests, *answers;
  struct honest honest;
  // The monotonic time of the last byte that a client of the crowd has received.
  uint64_t received_ns;
};

static uint64_t answers_due(const struct crowd *crowd, const struct connection *client) {
  return client->sent / crowd->script.request_length * crowd->script.answer_length;
}

// A server may refuse a client that does not read. A client that reads must get all its answers.
static void on_closed(struct crowd *crowd, struct connection *client, const char *reason) {
  struct run *run = crowd->run;
  run->crowd.closed++;
  if (run->options->reads) {
    connection_fail(run, client, "%s after %lu of %lu bytes of answers", reason, client->received,
                    answers_due(crowd, client));
  } else {
    connection_close(client);
  }
}

static void flood(struct crowd *crowd, struct connection *client) {
  const char *from = crowd->requests + client->sent % crowd->script.request_length;
  ssize_t sent = send(client->fd, from, CHUNK_BYTES, MSG_NOSIGNAL);
  if (sent > 0) client->sent += (uint64_t)sent;
  if (sent < CHUNK_BYTES) crowd->states[client->id] &= (unsigned char)~WRITABLE;
  if (sent < 0 && errno != EAGAIN) on_closed(crowd, client, strerror(errno));
}

static void check_answers(struct crowd *crowd, struct connection *client, uint64_t length) {
  struct run *run = crowd->run;
  uint64_t size = crowd->script.answer_length, before = client->received;
  if (length > answers_due(crowd, client) - before) {
    connection_fail(run, client, "%lu bytes of answers came, due were %lu", before + length, answers_due(crowd, client));
  } else if (memcmp(run->input, crowd->answers + before % size, length) != 0) {
    connection_fail(run, client, "a wrong answer came after %lu right ones", before / size);
  } else {
    client->received += length;
    crowd->received_ns = now_ns();
    run->tally.bytes += length;
    run->tally.messages += client->received / size - before / size;
    run->crowd.answers += client->received / size - before / size;
  }
}

static void receive(struct crowd *crowd, struct connection *client) {
  ssize_t got = recv(client->fd, crowd->run->input, INPUT_BYTES, 0);
  if (got > 0) {
    check_answers(crowd, client, (uint64_t)got);
  } else if (got == 0) {
    on_closed(crowd, client, "closed by the server");
  } else if (errno == EAGAIN) {
    crowd->states[client->id] &= (unsigned char)~READABLE;
  } else {
    on_closed(crowd, client, strerror(errno));
  }
}

static void on_event(struct crowd *crowd, struct connection *client, uint32_t events) {
  const uint32_t ends = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
  if (client == crowd->honest.connection || !connection_is_open(client)) return;
  if (events & EPOLLOUT) crowd->states[client->id] |= WRITABLE;
  if (events & ~(uint32_t)EPOLLOUT) crowd->states[client->id] |= READABLE;
  if (events & ends && !crowd->run->options->reads) on_closed(crowd, client, "closed by the server");
}

// Lets each client make at most one send and one recv. Returns whether there was something to do for one of them.
static bool serve_clients(struct crowd *crowd, bool sends, uint64_t until_ns) {
  const struct options *options = crowd->run->options;
  bool busy = false;
  for (uint64_t index = 0; index < options->connections && now_ns() < until_ns; index++) {
    struct connection *client = &crowd->clients[index];
    bool writes = sends && crowd->states[index] & WRITABLE;
    bool reads = options->reads && crowd->states[index] & READABLE;
    if (!connection_is_open(client) || (!writes && !reads)) continue;
    busy = true;
    if (writes) flood(crowd, client);
    if (reads && connection_is_open(client)) receive(crowd, client);
    honest_step(&crowd->honest, sends);
  }
  return busy;
}

static void turn(struct crowd *crowd, bool sends, uint64_t until_ns) {
  struct run *run = crowd->run;
  honest_step(&crowd->honest, sends);
  bool busy = serve_clients(crowd, sends, until_ns);
  bool asks = sends && !crowd->honest.waits && crowd->honest.next_ns < until_ns;
  int ready = run_wait(run, busy ? 0 : asks ? crowd->honest.next_ns : until_ns);
  for (int index = 0; index < ready; index++) {
    on_event(crowd, run->events[index].data.ptr, run->events[index].events);
  }
}

// How many requests the server has taken from its sockets: what was sent without what waits in the queues of both sides. A
// crowd that does not read cannot count answers.
static uint64_t taken_requests(const struct crowd *crowd) {
  const struct options *options = crowd->run->options;
  uint64_t sent = 0, queued = socket_unread((uint16_t)options->port);
  for (uint64_t index = 0; index < options->connections; index++) {
    const struct connection *client = &crowd->clients[index];
    int unsent = 0;
    if (connection_is_open(client)) ioctl(client->fd, SIOCOUTQ, &unsent);
    sent += client->sent;
    queued += (uint64_t)unsent;
  }
  return sent > queued ? (sent - queued) / crowd->script.request_length : 0;
}

static bool all_answered(const struct crowd *crowd) {
  for (uint64_t index = 0; index < crowd->run->options->connections; index++) {
    const struct connection *client = &crowd->clients[index];
    if (connection_is_open(client) && client->received < answers_due(crowd, client)) return false;
  }
  return true;
}

// Waits for the answers that are due: that of the honest client, and those of a crowd that reads. A server that is silent for half
// of the patience has lost them; a server that is only slow has some left at the end.
static void wait_for_answers(struct crowd *crowd) {
  const struct options *options = crowd->run->options;
  uint64_t now = now_ns(), deadline = now + options->patience_ns;
  crowd->received_ns = now;
  bool complete = !options->reads || all_answered(crowd);
  while (now < deadline && (crowd->honest.waits || !complete)) {
    bool silent = now - crowd->received_ns > options->patience_ns / 2;
    if (!complete && silent) {
      fault_add(&crowd->run->faults, "the server is silent, and answers of the crowd are missing");
      return;
    }
    uint64_t next = now + options->patience_ns / 20;
    turn(crowd, false, next < deadline ? next : deadline);
    complete = !options->reads || all_answered(crowd);
    now = now_ns();
    if (!connection_is_open(crowd->honest.connection)) return;
  }
}

static struct crowd prepare(struct run *run) {
  const struct options *options = run->options;
  struct crowd crowd = {.run = run, .script = script_create(options)};
  crowd.clients = connections_open(run, options->connections, 1);
  crowd.states = calloc(options->connections + 1, 1);
  if (crowd.states == NULL) die(2, "not enough memory for %lu clients", options->connections);
  crowd.requests = script_repeat(crowd.script.request, crowd.script.request_length, CHUNK_BYTES);
  crowd.answers = script_repeat(crowd.script.answer, crowd.script.answer_length, INPUT_BYTES);
  crowd.honest = honest_create(run, &crowd.clients[options->connections], &crowd.script);
  return crowd;
}

void run_crowd(struct run *run) {
  const struct options *options = run->options;
  // The warm-up sends lines, which Redis would refuse; and nothing in Redis is compiled while it runs.
  if (options->warmup_ns > 0 && !options->inline_ping) closed_loop_warm_up(run, options->warmup_ns);
  struct crowd crowd = prepare(run);
  run->crowd.rest_bytes = memory_resident(options->server_pid);
  memory_reset_peak(options->server_pid);
  window_open(run);
  while (now_ns() < run->window.next_ns) turn(&crowd, true, run->window.next_ns);
  if (!options->reads) run->tally.messages += taken_requests(&crowd);
  window_close(run);
  wait_for_answers(&crowd);
  honest_end(&crowd.honest);
  run->crowd.peak_bytes = memory_peak(options->server_pid);
  for (uint64_t index = 0; index < options->connections; index++) {
    run->crowd.requests += crowd.clients[index].sent / crowd.script.request_length;
  }
}
