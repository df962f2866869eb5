#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "clock.h"
#include "connection.h"
#include "socket.h"

// An accept queue has space for 4096 connections. The kernel drops further ones, and a client tries again only after a second.
#define CONNECTIONS_AT_ONCE 512
#define ACCEPT_NS (10 * NS_PER_SECOND)

static void wait_until_connected(int fd) {
  struct pollfd connecting = {.fd = fd, .events = POLLOUT};
  int error = poll(&connecting, 1, (int)(ACCEPT_NS / 1000000)) == 1 ? 0 : ETIMEDOUT;
  socklen_t length = sizeof error;
  if (error == 0) getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) die(1, "cannot connect: %s", strerror(error));
}

static void wait_until_accepted(uint16_t port) {
  uint64_t deadline = now_ns() + ACCEPT_NS;
  while (socket_unaccepted(port) > 0) {
    if (now_ns() > deadline) die(1, "the server has not accepted its connections within 10 seconds");
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  }
}

struct connection *connections_open(struct run *run, uint64_t count, uint64_t idle) {
  uint64_t all = count + idle;
  uint16_t port = (uint16_t)run->options->port;
  struct connection *connections = calloc(all, sizeof *connections);
  if (connections == NULL) die(2, "not enough memory for %lu connections", all);
  for (uint64_t index = 0; index < all; index++) {
    struct connection *connection = &connections[index];
    connection->id = (uint32_t)index;
    connection->fd = socket_connect(port, index);
    if (connection->fd < 0) die(1, "cannot connect: %s", strerror(errno));
    wait_until_connected(connection->fd);
    connection_watch(run, connection);
    if (index % CONNECTIONS_AT_ONCE == CONNECTIONS_AT_ONCE - 1) wait_until_accepted(port);
  }
  wait_until_accepted(port);
  return connections;
}
