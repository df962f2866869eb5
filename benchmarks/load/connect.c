#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "connection.h"
#include "modes.h"
#include "socket.h"

// A server that has ended refuses many connections in each millisecond.
#define FAULTS_TO_GIVE_UP 1000

struct slots {
  struct run *run;
  struct connection *slots;
  uint64_t turn;
  uint64_t busy;
};

static void send_and_half_close(struct slots *slots, struct connection *slot) {
  while (slot->sent < slot->goal && connection_send(slots->run, slot, 0)) continue;
  if (connection_is_open(slot) && slot->sent == slot->goal) shutdown(slot->fd, SHUT_WR);
}

// When the last connection of the slot has ended normally, its socket is used again.
static bool connect_slot(struct slots *slots, struct connection *slot) {
  struct run *run = slots->run;
  uint16_t port = (uint16_t)run->options->port;
  if (connection_is_open(slot)) {
    if (socket_reconnect(slot->fd, port, slots->turn++)) return true;
    connection_fail(run, slot, "connect: %s", strerror(errno));
    return false;
  }
  slot->fd = socket_connect(port, slots->turn++);
  if (slot->fd >= 0) {
    connection_watch(run, slot);
  } else {
    fault_add(&run->faults, "connection %u: connect: %s", slot->id, strerror(errno));
  }
  return connection_is_open(slot);
}

// Starts a connection, which carries the next message of the slot. Returns false when it failed immediately.
static bool start_connection(struct slots *slots, struct connection *slot, uint64_t now) {
  struct run *run = slots->run;
  slot->started_ns = now;
  slot->sent = slot->received = slot->goal;
  slot->goal += run->options->size;
  if (!connect_slot(slots, slot)) return false;
  // On the loopback the connection usually exists already. If not, send fails with EAGAIN and EPOLLOUT comes later.
  send_and_half_close(slots, slot);
  return connection_is_open(slot);
}

static void next(struct slots *slots, struct connection *slot, uint64_t now) {
  do {
    if (now >= slots->run->window.next_ns) window_update(slots->run, now);
    if (slots->run->window.state == WINDOW_CLOSED || slots->run->faults.count >= FAULTS_TO_GIVE_UP) {
      slots->busy--;
      if (connection_is_open(slot)) connection_close(slot);
      return;
    }
  } while (!start_connection(slots, slot, now));
}

// The server may have echoed the message or sent nothing.
static void on_end(struct slots *slots, struct connection *slot) {
  struct run *run = slots->run;
  uint64_t now = now_ns();
  uint64_t message_start = slot->goal - run->options->size;
  if (slot->sent < slot->goal || (slot->received != message_start && slot->received != slot->goal)) {
    connection_fail(run, slot, "closed by the server in the middle of a message");
  } else {
    tally_add(&run->tally, run->options->size, message_start, slot->goal);
    if (window_is_open(&run->window)) histogram_add(&run->latency, now - slot->started_ns);
  }
  next(slots, slot, now);
}

static void on_event(struct slots *slots, struct connection *slot, uint32_t events) {
  if (slot->sent < slot->goal && events & EPOLLOUT) send_and_half_close(slots, slot);
  enum receipt receipt = connection_is_open(slot) ? RECEIPT_DATA : RECEIPT_FAILED;
  if (receipt == RECEIPT_DATA && !(events & ~(uint32_t)EPOLLOUT)) return;
  while (receipt == RECEIPT_DATA || receipt == RECEIPT_LAST_DATA) receipt = connection_receive(slots->run, slot);
  if (receipt == RECEIPT_END) on_end(slots, slot);
  if (receipt == RECEIPT_FAILED) next(slots, slot, now_ns());
}

static void turn(struct slots *slots, uint64_t until_ns) {
  int ready = run_wait(slots->run, until_ns);
  for (int index = 0; index < ready; index++) {
    on_event(slots, slots->run->events[index].data.ptr, slots->run->events[index].events);
  }
}

void run_connect(struct run *run) {
  uint64_t count = run->options->concurrency;
  struct slots slots = {.run = run, .slots = calloc(count, sizeof *slots.slots), .busy = count};
  if (slots.slots == NULL) die(2, "not enough memory for %lu slots", count);
  window_schedule(run, now_ns() + run->options->warmup_ns);
  for (uint64_t index = 0; index < count; index++) {
    slots.slots[index] = (struct connection){.id = (uint32_t)index, .fd = -1};
    next(&slots, &slots.slots[index], now_ns());
  }
  while (slots.busy > 0 && run->window.state != WINDOW_CLOSED) {
    turn(&slots, run->window.next_ns);
    window_update(run, now_ns());
  }
  if (run->window.state == WINDOW_OPEN) window_close(run);
  uint64_t deadline = now_ns() + run->options->patience_ns;
  while (slots.busy > 0 && now_ns() < deadline) turn(&slots, deadline);
  for (uint64_t index = 0; index < count && slots.busy > 0; index++) {
    if (connection_is_open(&slots.slots[index])) connection_fail(run, &slots.slots[index], "the server does not close");
  }
}
