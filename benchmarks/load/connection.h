#ifndef LOAD_CONNECTION_H
#define LOAD_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "run.h"

// A connection carries one endless stream of messages with numbers from 0. `sent` is how many bytes of the stream were sent,
// `received` how many came back, and `goal` how many may be sent now.
struct connection {
  int fd;
  uint32_t id;
  uint64_t sent, received, goal;
  // When the current round started, and at which byte of the stream.
  uint64_t started_ns, started_at;
};

// Opens `count` connections and then `idle` more, and waits until the server has accepted all of them. They are registered
// edge-triggered for all events, so no further epoll_ctl is needed. Ends the program when the server does not accept them.
struct connection *connections_open(struct run *run, uint64_t count, uint64_t idle);

void connection_watch(struct run *run, struct connection *connection);

// Records an error of this connection and closes it.
__attribute__((format(printf, 3, 4))) void connection_fail(struct run *run, struct connection *connection,
                                                          const char *format, ...);

void connection_close(struct connection *connection);

static inline bool connection_is_open(const struct connection *connection) { return connection->fd >= 0; }

// Makes one send of the bytes between `sent` and `goal`. Returns false when it failed or when the socket is full; a socket
// that was full gets an EPOLLOUT event later.
bool connection_send(struct run *run, struct connection *connection, int flags);

enum receipt { RECEIPT_DATA, RECEIPT_LAST_DATA, RECEIPT_NOTHING, RECEIPT_END, RECEIPT_FAILED };

// Makes one recv and compares each byte with the byte that was sent. LAST_DATA: the socket is certainly empty now.
enum receipt connection_receive(struct run *run, struct connection *connection);

#endif
