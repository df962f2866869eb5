// C on select, poll and epoll: the limit with which the other drivers are compared. It is level-triggered and makes one recv
// of 64 KiB and one send for each ready fd. It does not read from a connection that has unsent output, so it never queues more
// than the answers to one recv.
#define _GNU_SOURCE
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/backends.h"

enum { LISTENER = 3, TIMEOUT_MS = 1000, ACCEPTS_A_TURN = 64, RECV_BYTES = 65536, MAX_LINE_BYTES = 1 << 20 };

static const struct backend *backend;

// Connections, by fd.

struct connection {
  unsigned interest;
  // The first part of a line whose end has not come yet.
  char *carry;
  size_t carried, carry_size;
  // The output that the kernel did not accept.
  char *unsent;
  size_t unsent_from, unsent_end;
};

static struct connection *connections;
static size_t connections_size;
static uint64_t connected, messages, bytes;
static uint32_t checksum;
static char input[MAX_LINE_BYTES + RECV_BYTES], output[MAX_LINE_BYTES + RECV_BYTES];
static size_t output_length;

static void watch(int fd, unsigned events) {
  connections = with_room(connections, &connections_size, fd, sizeof *connections);
  if (connections[fd].interest == events) return;
  backend->watch(fd, connections[fd].interest, events);
  connections[fd].interest = events;
}

static void close_connection(int fd) {
  watch(fd, 0);
  close(fd);
  free(connections[fd].carry);
  free(connections[fd].unsent);
  connections[fd] = (struct connection){0};
}

// How many bytes were sent or received. Returns 0 when the call would block, and when the connection has ended and is closed.
static size_t transferred(int fd, ssize_t count) {
  if (count > 0) return count;
  if (count == 0 || (errno != EAGAIN && errno != EINTR)) close_connection(fd);
  return 0;
}

static size_t receive(int fd, char *buffer, size_t length, int flags) {
  size_t count = transferred(fd, recv(fd, buffer, length, flags));
  bytes += count;
  return count;
}

static void respond(int fd, const char *data, size_t length) {
  size_t sent = transferred(fd, send(fd, data, length, MSG_NOSIGNAL));
  struct connection *connection = &connections[fd];
  if (sent == length || connection->interest == 0) return;
  connection->unsent = grown(NULL, length - sent);
  connection->unsent_from = 0;
  connection->unsent_end = length - sent;
  memcpy(connection->unsent, data + sent, length - sent);
  watch(fd, WRITE);
}

static void flush(int fd, unsigned reading) {
  struct connection *connection = &connections[fd];
  size_t rest_length = connection->unsent_end - connection->unsent_from;
  size_t sent = transferred(fd, send(fd, connection->unsent + connection->unsent_from, rest_length, MSG_NOSIGNAL));
  connection->unsent_from += sent;
  if (sent < rest_length) return;
  free(connection->unsent);
  connection->unsent = NULL;
  watch(fd, reading);
}

// Roles.

static void echo(int fd) {
  size_t count = receive(fd, input, RECV_BYTES, 0);
  if (count == 0) return;
  messages++;
  respond(fd, input, count);
}

static void collect(int fd) {
  if (receive(fd, input, RECV_BYTES, 0) > 0) messages++;
}

static void keep(int fd, const char *rest, size_t length) {
  struct connection *connection = &connections[fd];
  connection->carried = length;
  if (length > connection->carry_size) {
    connection->carry = grown(connection->carry, length * 2);
    connection->carry_size = length * 2;
  }
  memcpy(connection->carry, rest, length);
}

static void receive_lines(int fd, void (*handle)(const char *line, size_t length)) {
  size_t carried = connections[fd].carried;
  if (carried > 0) memcpy(input, connections[fd].carry, carried);
  size_t count = receive(fd, input + carried, RECV_BYTES, 0);
  if (count == 0) return;
  const char *line = input, *from = input + carried, *end = from + count, *newline;
  while ((newline = memchr(from, '\n', end - from)) != NULL) {
    handle(line, newline - line);
    from = line = newline + 1;
  }
  if (end - line > MAX_LINE_BYTES) close_connection(fd);
  else if (end > line || carried > 0) keep(fd, line, end - line);
}

static void answer_line(const char *line, size_t length) {
  messages++;
  memcpy(output + output_length, line, length);
  output_length += length;
  output[output_length++] = '\n';
}

static void reply(int fd) {
  output_length = 0;
  receive_lines(fd, answer_line);
  if (output_length > 0 && connections[fd].interest != 0) respond(fd, output, output_length);
}

static void count_line(const char *line, size_t length) {
  messages++;
  if (length > 0) checksum += (unsigned char)line[length - 1];
}

static void lines(int fd) { receive_lines(fd, count_line); }

static void urgent(int fd) {
  char byte;
  if (receive(fd, &byte, 1, MSG_OOB) == 0) return;
  messages++;
  respond(fd, &byte, 1);
}

static void discard(int fd) { receive(fd, input, RECV_BYTES, 0); }

// The functions for a readable connection and for one with an urgent byte.
struct role {
  const char *name;
  void (*readable)(int fd);
  void (*exceptional)(int fd);
};

static const struct role roles[] = {
    {"echo", echo, NULL},       {"reply", reply, NULL},     {"lines", lines, NULL},
    {"collect", collect, NULL}, {"urgent", discard, urgent},
};
static const struct role *role;

static unsigned reading(void) { return role->exceptional == NULL ? READ : READ | URGENT; }

static void accept_connections(void) {
  for (int i = 0; i < ACCEPTS_A_TURN; i++) {
    int fd = accept4(LISTENER, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      connected++;
      watch(fd, reading());
    } else if (errno == EAGAIN) return;
    else if (errno != ECONNABORTED && errno != EINTR) fail("accept4");
  }
}

static void ready(int fd, unsigned events) {
  if (fd == LISTENER) {
    accept_connections();
    return;
  }
  // Only one of them in a turn: the next urgent byte may come after the answer, and a recv that finds no normal byte before it
  // would skip it.
  if (events & connections[fd].interest & URGENT) role->exceptional(fd);
  else if (events & connections[fd].interest & READ) role->readable(fd);
  else if (events & connections[fd].interest & WRITE) flush(fd, reading());
}

static volatile sig_atomic_t ending;

static void end(int signal_number) {
  (void)signal_number;
  ending = 1;
}

static void serve(void) {
  // Accepted sockets inherit this option.
  if (setsockopt(LISTENER, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) < 0) fail("setsockopt");
  signal(SIGTERM, end);
  watch(LISTENER, READ);
  puts("ready");
  fflush(stdout);
  // A signal between the check of `ending` and the wait takes effect after one timeout.
  while (!ending) backend->wait(TIMEOUT_MS, ready);
  for (size_t fd = 0; fd < connections_size; fd++) {
    if (connections[fd].interest != 0) close_connection(fd);
  }
  printf("{\"connections\":%lu,\"messages\":%lu,\"bytes\":%lu,\"checksum\":%u,\"turns\":%lu,\"events\":%lu}\n", connected,
         messages, bytes, checksum, turns, events_found);
}

// One call.

static void ignore(int fd, unsigned events) {
  (void)fd;
  (void)events;
}

static double clock_us(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

static double batch(long calls) {
  double before = clock_us(CLOCK_PROCESS_CPUTIME_ID);
  for (long i = 0; i < calls; i++) backend->wait(0, ignore);
  return (clock_us(CLOCK_PROCESS_CPUTIME_ID) - before) / calls;
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void call(const char *form, int sockets, double seconds) {
  unsigned events = (strchr(form, 'r') ? READ : 0) | (strchr(form, 'w') ? WRITE : 0) | (strchr(form, 'x') ? URGENT : 0);
  for (int i = 0, pair[2]; i < sockets; i++) {
    if (i % 2 == 0 && socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) < 0) fail("socketpair");
    watch(pair[i % 2], events);
  }
  batch(2000);
  double us = batch(100);
  long calls = us < 1e3 ? 1e4 / us : 10;
  double *samples = NULL;
  size_t count = 0, size = 0;
  double end_us = clock_us(CLOCK_MONOTONIC) + seconds * 1e6;
  do {
    samples = with_room(samples, &size, count, sizeof *samples);
    samples[count++] = batch(calls);
  } while (clock_us(CLOCK_MONOTONIC) < end_us);
  qsort(samples, count, sizeof *samples, by_size);
  printf("{\"microseconds\":%.4f}\n", (samples[count / 2] + samples[(count - 1) / 2]) / 2);
}

static void raise_fd_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) fail("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) < 0) fail("setrlimit");
}

static void *sleep_forever(void *nothing) {
  for (;;) pause();
  return nothing;
}

// In a process with more than one thread, such as Node, the kernel counts references to each file that it looks at.
static void start_thread(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, sleep_forever, NULL) != 0) fail("pthread_create");
}

static void describe(void) {
  printf("{\"drivers\":[");
  for (int i = 0; i < 3; i++) {
    const char *name = backends[i].name;
    printf("%s{\"name\":\"c-%s\",\"label\":\"C, %s\",\"mechanism\":\"%s\",\"family\":\"C\",\"collects\":false,"
           "\"roles\":[\"echo\",\"reply\",\"lines\",\"collect\",\"urgent\",\"call\"]}",
           i == 0 ? "" : ",", name, name, name);
    printf(",{\"name\":\"c-%s-threads\",\"label\":\"C with a second thread, %s\",\"mechanism\":\"%s\","
           "\"family\":\"C with a second thread\",\"collects\":false,\"roles\":[\"call\"]}",
           name, name, name);
  }
  puts("]}");
}

static bool is_named(const char *driver, const char *mechanism, const char *end) {
  char name[32];
  snprintf(name, sizeof name, "c-%s%s", mechanism, end);
  return strcmp(driver, name) == 0;
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "--describe") == 0) {
    describe();
    return 0;
  }
  raise_fd_limit();
  for (int i = 0; argc > 2 && i < 3; i++) {
    bool has_thread = is_named(argv[1], backends[i].name, "-threads");
    if (has_thread) start_thread();
    if (has_thread || is_named(argv[1], backends[i].name, "")) backend = &backends[i];
  }
  for (size_t i = 0; argc == 3 && i < sizeof roles / sizeof *roles; i++) {
    if (strcmp(argv[2], roles[i].name) == 0) role = &roles[i];
  }
  if (backend != NULL && role != NULL) serve();
  else if (backend != NULL && argc == 6 && strcmp(argv[2], "call") == 0) call(argv[3], atoi(argv[4]), atof(argv[5]));
  else {
    fputs("usage: c --describe | c NAME ROLE | c NAME call FORM SOCKETS SECONDS\n", stderr);
    return 1;
  }
  return 0;
}
