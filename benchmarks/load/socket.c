#include "socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "faults.h"

// The standard streams, epoll, and files that the C library opens for a short time.
#define OTHER_FDS 16

void socket_require_fds(uint64_t count) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (count + OTHER_FDS <= limit.rlim_max) return;
  die(2, "%lu connections need %lu open files, and the hard limit is %lu (ulimit -Hn)", count,
      count + OTHER_FDS, limit.rlim_max);
}

static struct sockaddr_in loopback(uint32_t host, uint16_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(0x7f000000 + host);
  return address;
}

static void set(int fd, int level, int option, int value) { setsockopt(fd, level, option, &value, sizeof value); }

static bool start_connecting(int fd, uint16_t port, uint64_t turn) {
  struct sockaddr_in source = loopback(2 + (uint32_t)(turn % 253), 0);
  struct sockaddr_in server = loopback(1, port);
  return bind(fd, (struct sockaddr *)&source, sizeof source) == 0 &&
         (connect(fd, (struct sockaddr *)&server, sizeof server) == 0 || errno == EINPROGRESS);
}

int socket_connect(uint16_t port, uint64_t turn) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5) < 0) {
    die(2, "this kernel does not offer the congestion control cubic: %s", strerror(errno));
  }
  // connect chooses the port, which then has to be unique only for this server.
  set(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  if (start_connecting(fd, port, turn)) return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

bool socket_reconnect(int fd, uint16_t port, uint64_t turn) {
  struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
  return connect(fd, &nowhere, sizeof nowhere) == 0 && start_connecting(fd, port, turn);
}

// Adds the receive queues of the sockets at a port. In /proc/net/tcp the listening sockets (state 0A) come first.
static uint64_t receive_queues(uint16_t port, bool listening) {
  FILE *table = fopen("/proc/net/tcp", "r");
  if (table == NULL) return 0;
  uint64_t waiting = 0;
  char line[256];
  while (fgets(line, sizeof line, table) != NULL) {
    unsigned local_port, state;
    unsigned long queue;
    if (sscanf(line, "%*d: %*8x:%4x %*8x:%*4x %2x %*8x:%8lx", &local_port, &state, &queue) != 3) continue;
    if (listening && state != 0x0a) break;
    if (local_port == port && (state == 0x0a) == listening) waiting += queue;
  }
  fclose(table);
  return waiting;
}

// The receive queue of a listening socket is its accept queue.
uint64_t socket_unaccepted(uint16_t port) { return receive_queues(port, true); }

uint64_t socket_unread(uint16_t port) { return receive_queues(port, false); }
