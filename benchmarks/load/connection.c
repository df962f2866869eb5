#include "connection.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "message.h"

void connection_close(struct connection *connection) {
  close(connection->fd);
  connection->fd = -1;
}

void connection_fail(struct run *run, struct connection *connection, const char *format, ...) {
  char what[FAULT_LENGTH];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  fault_add(&run->faults, "connection %u: %.140s", connection->id, what);
  connection_close(connection);
}

void connection_watch(struct run *run, struct connection *connection) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = connection};
  if (epoll_ctl(run->epoll, EPOLL_CTL_ADD, connection->fd, &event) < 0) die(2, "epoll_ctl: %s", strerror(errno));
}

bool connection_send(struct run *run, struct connection *connection, int flags) {
  uint64_t size = run->options->size;
  uint64_t first = connection->sent / size;
  uint64_t count = (connection->goal - first * size + size - 1) / size;
  if (count > run->output_messages) count = run->output_messages;
  char *message = run->output;
  for (uint64_t index = 0; index < count; index++, message += size) {
    message_number(message, size, connection->id, first + index);
  }
  uint64_t skipped = connection->sent - first * size;
  uint64_t length = count * size - skipped;
  ssize_t sent = send(connection->fd, run->output + skipped, length, MSG_NOSIGNAL | flags);
  if (sent >= 0) {
    connection->sent += (uint64_t)sent;
    return (uint64_t)sent == length;
  }
  if (errno != EAGAIN) connection_fail(run, connection, "send: %s", strerror(errno));
  return false;
}

static void report_difference(struct run *run, struct connection *connection, const char *came, const char *expected) {
  unsigned offset = 0;
  while (came[offset] == expected[offset]) offset++;
  connection_fail(run, connection, "byte %lu came back as 0x%02x, sent was 0x%02x",
                  connection->received + offset, (unsigned char)came[offset],
                  (unsigned char)expected[offset]);
}

// Compares `length` received bytes with the bytes that were sent from position `received` on.
static bool is_as_sent(struct run *run, struct connection *connection, const char *came, uint64_t length) {
  uint64_t size = run->options->size;
  if (length > connection->sent - connection->received) {
    connection_fail(run, connection, "%lu bytes came back, of which %lu had been sent", length,
                    (connection->sent - connection->received));
    return false;
  }
  uint64_t sequence = connection->received / size;
  uint64_t offset = connection->received % size;
  for (; length > 0; sequence++, offset = 0) {
    uint64_t part = size - offset < length ? size - offset : length;
    message_number(run->expected, size, connection->id, sequence);
    if (memcmp(came, run->expected + offset, part) != 0) {
      report_difference(run, connection, came, run->expected + offset);
      return false;
    }
    connection->received += part;
    came += part;
    length -= part;
  }
  return true;
}

enum receipt connection_receive(struct run *run, struct connection *connection) {
  ssize_t got = recv(connection->fd, run->input, INPUT_BYTES, 0);
  if (got > 0) {
    if (!is_as_sent(run, connection, run->input, (uint64_t)got)) return RECEIPT_FAILED;
    return got < INPUT_BYTES ? RECEIPT_LAST_DATA : RECEIPT_DATA;
  }
  if (got == 0) return RECEIPT_END;
  if (errno == EAGAIN) return RECEIPT_NOTHING;
  connection_fail(run, connection, "recv: %s", strerror(errno));
  return RECEIPT_FAILED;
}
