#ifndef LOAD_CONNECTION_H
#define LOAD_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "run.h"

// A connection carries one endless stream of messages, numbered from 0. All positions are bytes of that stream: sent, come
// back, and how far it may send now.
struct connection {
  int fd;
  uint32_t id;
  uint64_t sent, received, goal;
  // When the round that is under way began, and where in the stream.
  uint64_t began_ns, began_at;
};

// `count` connections and then `idle` more, all accepted by the server, and registered edge-triggered for everything, so that
// no further epoll_ctl is needed. Ends the program where the server does not accept them.
struct connection *connections_open(struct run *run, uint64_t count, uint64_t idle);

void connection_watch(struct run *run, struct connection *connection);

// Counts what happened as an error of this connection and closes it.
__attribute__((format(printf, 3, 4))) void connection_fail(struct run *run, struct connection *connection,
                                                          const char *format, ...);

void connection_close(struct connection *connection);

static inline bool connection_is_open(const struct connection *connection) { return connection->fd >= 0; }

// Sends once what lies between `sent` and `goal`, as much as one send carries. False where it has failed, or the socket is
// full: then an EPOLLOUT event will come.
bool connection_send(struct run *run, struct connection *connection, int flags);

enum receipt { RECEIPT_DATA, RECEIPT_LAST_DATA, RECEIPT_NOTHING, RECEIPT_END, RECEIPT_FAILED };

// Receives once and compares each byte with what was sent. LAST_DATA: the socket is known to be empty now.
enum receipt connection_receive(struct run *run, struct connection *connection);

#endif
