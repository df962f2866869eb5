#include <stdlib.h>
#include <sys/socket.h>

#include "clock.h"
#include "connection.h"
#include "modes.h"
#include "server.h"
#include "usage.h"

struct senders {
  struct run *run;
  struct connection *connections;
  // How many bytes each sender sends in total. The `goal` of a connection is the end of its current batch.
  uint64_t *shares;
  // A ring of the senders whose sockets had space at the last send.
  struct connection **ready;
  uint64_t ready_first, ready_count;
  // How many connections the server has not closed yet.
  uint64_t open;
  // How many batches have started since start_ns.
  uint64_t batches, start_ns;
};

static void make_ready(struct senders *senders, struct connection *connection) {
  uint64_t count = senders->run->options->connections;
  senders->ready[(senders->ready_first + senders->ready_count++) % count] = connection;
}

// When batch `number` of all senders may start. With a pace, the batches are evenly spaced.
static uint64_t due_ns(const struct senders *senders, uint64_t number) {
  uint64_t pace = senders->run->options->pace;
  return pace == 0 ? 0 : senders->start_ns + (uint64_t)((unsigned __int128)number * NS_PER_SECOND / pace);
}

// Sends a batch, or the rest of one. The next sender follows.
static void send_batch(struct senders *senders, struct connection *connection) {
  struct run *run = senders->run;
  uint64_t batch = run->options->batch * run->options->size;
  uint64_t share = senders->shares[connection->id];
  if (connection->sent == connection->goal) {
    senders->batches++;
    connection->goal = share - connection->goal < batch ? share : connection->goal + batch;
  }
  uint64_t from = connection->sent;
  bool room = connection_send(run, connection, 0);
  tally_add(&run->tally, run->options->size, from, connection->sent);
  if (!connection_is_open(connection)) {
    senders->open--;
  } else if (connection->sent == share) {
    shutdown(connection->fd, SHUT_WR);
  } else if (room) {
    make_ready(senders, connection);
  }
}

static void on_readable(struct senders *senders, struct connection *connection) {
  struct run *run = senders->run;
  enum receipt receipt = connection_receive(run, connection);
  if (receipt == RECEIPT_NOTHING) return;
  if (receipt == RECEIPT_END && connection->sent == senders->shares[connection->id]) {
    connection_close(connection);
  } else if (receipt == RECEIPT_END) {
    connection_fail(run, connection, "closed by the server when %lu of %lu bytes had been sent",
                    connection->sent, senders->shares[connection->id]);
  } else if (receipt != RECEIPT_FAILED) {
    connection_fail(run, connection, "the server sent bytes that nobody asked for");
  }
  senders->open--;
}

// Waits until `until_ns` and handles events. Returns false when there were none.
static bool turn(struct senders *senders, uint64_t until_ns) {
  int ready = run_wait(senders->run, until_ns);
  for (int index = 0; index < ready; index++) {
    struct connection *connection = senders->run->events[index].data.ptr;
    uint32_t events = senders->run->events[index].events;
    bool waited = connection->sent < connection->goal;
    if (connection_is_open(connection) && events & EPOLLOUT && waited) send_batch(senders, connection);
    if (connection_is_open(connection) && events & ~(uint32_t)EPOLLOUT) on_readable(senders, connection);
  }
  return ready > 0;
}

// Lets each ready sender send up to byte `round_end` of its share. Returns false when no sender could send.
static bool send_until(struct senders *senders, uint64_t now, uint64_t round_end) {
  bool any = false;
  uint64_t count = senders->ready_count;
  for (uint64_t index = 0; index < count && due_ns(senders, senders->batches) <= now; index++) {
    struct connection *connection = senders->ready[senders->ready_first];
    senders->ready_first = (senders->ready_first + 1) % senders->run->options->connections;
    senders->ready_count--;
    if (!connection_is_open(connection)) continue;
    if (connection->sent >= round_end) {
      make_ready(senders, connection);
      continue;
    }
    send_batch(senders, connection);
    any = true;
  }
  return any;
}

// Sends as fast as possible, or at the pace.
static bool send_freely(struct senders *senders) {
  send_until(senders, now_ns(), UINT64_MAX);
  bool waits = senders->ready_count == 0;
  uint64_t until = waits ? now_ns() + senders->run->options->patience_ns : due_ns(senders, senders->batches);
  return turn(senders, until) || !waits;
}

// The server has nothing more to do when its CPU clock stands still for REST_NS. A look at the clock every LOOK_NS, and timers
// of the server itself, may cost it REST_CPU_NS in this time.
#define REST_NS 3000000
#define LOOK_NS 500000
#define REST_CPU_NS 20000

static bool wait_until_idle(struct senders *senders) {
  struct run *run = senders->run;
  uint64_t deadline = now_ns() + run->options->patience_ns;
  uint64_t cpu = usage_cpu_ns(), since = now_ns();
  while (now_ns() < deadline) {
    turn(senders, now_ns() + LOOK_NS);
    uint64_t cpu_now = usage_cpu_ns();
    if (cpu_now - cpu > REST_CPU_NS) {
      cpu = cpu_now;
      since = now_ns();
    }
    if (now_ns() - since >= REST_NS) return true;
  }
  return false;
}

// Sends a pile while the server is stopped, and then nothing until the server has read it.
static bool send_piled(struct senders *senders, uint64_t round) {
  struct run *run = senders->run;
  server_stop(run->options->server_pid);
  while (send_until(senders, now_ns(), round * run->options->pile)) {}
  server_continue();
  return wait_until_idle(senders);
}

static void send_all(struct senders *senders) {
  struct run *run = senders->run;
  bool alive = true;
  senders->start_ns = now_ns();
  for (uint64_t round = 1; senders->open > 0 && alive; round++) {
    alive = run->options->pile > 0 ? send_piled(senders, round) : send_freely(senders);
  }
  for (uint64_t index = 0; index < run->options->connections && !alive; index++) {
    struct connection *connection = &senders->connections[index];
    if (connection_is_open(connection)) connection_fail(run, connection, "the server neither reads nor closes");
  }
}

static void prepare(struct senders *senders, struct run *run, uint64_t messages) {
  uint64_t count = run->options->connections;
  senders->run = run;
  senders->open = count;
  senders->connections = connections_open(run, count, 0);
  senders->shares = calloc(count, sizeof *senders->shares);
  senders->ready = calloc(count, sizeof *senders->ready);
  if (senders->shares == NULL || senders->ready == NULL) die(2, "not enough memory for %lu senders", count);
  for (uint64_t index = 0; index < count; index++) {
    senders->shares[index] = (messages / count + (index < messages % count)) * run->options->size;
    make_ready(senders, &senders->connections[index]);
  }
}

static void free_senders(const struct senders *senders) {
  free(senders->connections);
  free(senders->shares);
  free(senders->ready);
}

// Streams with other connections, repeatedly, until the warm-up is over.
static void warm_up(struct run *run) {
  uint64_t end = now_ns() + run->options->warmup_ns;
  do {
    struct senders warming = {0};
    prepare(&warming, run, run->options->messages / 10);
    send_all(&warming);
    free_senders(&warming);
  } while (now_ns() < end && run->faults.count == 0);
}

void run_stream(struct run *run) {
  struct senders measured = {0};
  warm_up(run);
  prepare(&measured, run, run->options->messages);
  window_open(run);
  send_all(&measured);
  window_close(run);
}
