// select, poll and epoll: three back-ends with the same two operations.
#pragma once
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

enum { READ = 1, WRITE = 2, URGENT = 4 };

typedef void ready_function(int fd, unsigned events);

// `watch` changes the events for which an fd is watched: `before` is 0 for a new fd, and `events` is 0 for an fd that is closed
// next. `wait` calls `ready` for each ready fd.
struct backend {
  const char *name;
  void (*watch)(int fd, unsigned before, unsigned events);
  void (*wait)(int timeout_ms, ready_function *ready);
};

static uint64_t turns, events_found;

static _Noreturn void fail(const char *what) {
  perror(what);
  exit(1);
}

static void *grown(void *old, size_t bytes) {
  void *memory = realloc(old, bytes);
  if (memory == NULL) fail("realloc");
  return memory;
}

// Enlarges an array when it has no element `index`. The new elements are zero.
static void *with_room(void *array, size_t *length, size_t index, size_t size) {
  if (index < *length) return array;
  size_t longer = (index + 1) * 2;
  array = grown(array, longer * size);
  memset((char *)array + *length * size, 0, (longer - *length) * size);
  *length = longer;
  return array;
}

// Checks the result of a wait. Returns whether it found ready fds.
static bool found(int count, const char *call) {
  if (count < 0 && errno != EINTR) fail(call);
  turns++;
  return count > 0;
}

static void dispatch(ready_function *ready, int fd, unsigned events) {
  events_found++;
  ready(fd, events);
}

// select uses bitmaps of the kernel's words, because FD_SETSIZE limits fd_set and not the system call.

enum { WORD_BITS = 8 * sizeof(unsigned long) };

struct set {
  unsigned long *asked, *ready;
  size_t asked_words, ready_words, members;
  bool passed;
};

static struct set sets[3];
static int highest_fd = -1;

static void select_watch(int fd, unsigned before, unsigned events) {
  size_t word = fd / WORD_BITS;
  for (int i = 0; i < 3; i++) {
    struct set *set = &sets[i];
    set->asked = with_room(set->asked, &set->asked_words, word, sizeof *set->asked);
    set->ready = with_room(set->ready, &set->ready_words, word, sizeof *set->ready);
    if (((before ^ events) >> i & 1) == 0) continue;
    set->asked[word] ^= 1UL << fd % WORD_BITS;
    set->members += events >> i & 1 ? 1 : -1;
  }
  if (fd > highest_fd) highest_fd = fd;
}

// Returns a copy for the call, which overwrites it; NULL when the set is empty.
static fd_set *copied(struct set *set, size_t words) {
  set->passed = set->members > 0;
  return set->passed ? memcpy(set->ready, set->asked, words * sizeof *set->asked) : NULL;
}

static unsigned long ready_word(const struct set *set, size_t word) { return set->passed ? set->ready[word] : 0; }

static void select_wait(int timeout_ms, ready_function *ready) {
  size_t words = highest_fd / WORD_BITS + 1;
  fd_set *r = copied(&sets[0], words), *w = copied(&sets[1], words), *x = copied(&sets[2], words);
  struct timeval timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000};
  if (!found(select(highest_fd + 1, r, w, x, &timeout), "select")) return;
  for (size_t word = 0; word < words; word++) {
    unsigned long in = ready_word(&sets[0], word), out = ready_word(&sets[1], word), pri = ready_word(&sets[2], word);
    for (unsigned long any = in | out | pri; any != 0; any &= any - 1) {
      int bit = __builtin_ctzl(any);
      unsigned events = (in >> bit & 1) * READ | (out >> bit & 1) * WRITE | (pri >> bit & 1) * URGENT;
      dispatch(ready, (int)word * WORD_BITS + bit, events);
    }
  }
}

// poll uses a table without gaps: the last entry moves to the place of a removed one.

static struct pollfd *table;
static size_t *places, place_count, table_size, table_length;

static void poll_watch(int fd, unsigned before, unsigned events) {
  places = with_room(places, &place_count, fd, sizeof *places);
  if (before == 0) {
    table = with_room(table, &table_size, table_length, sizeof *table);
    places[fd] = table_length++;
  }
  struct pollfd *entry = &table[places[fd]];
  if (events == 0) {
    *entry = table[--table_length];
    places[entry->fd] = places[fd];
    return;
  }
  short mask = (events & READ ? POLLIN : 0) | (events & WRITE ? POLLOUT : 0) | (events & URGENT ? POLLPRI : 0);
  *entry = (struct pollfd){.fd = fd, .events = mask};
}

// POLLERR and POLLHUP are always reported. The next read or write then returns the error.
static unsigned events_of(unsigned mask) {
  unsigned events = (mask & POLLIN ? READ : 0) | (mask & POLLOUT ? WRITE : 0) | (mask & POLLPRI ? URGENT : 0);
  return mask & (POLLERR | POLLHUP) ? events | READ | WRITE : events;
}

// The loop starts at the end, so a removed entry is replaced by one that was already handled.
static void poll_wait(int timeout_ms, ready_function *ready) {
  int remaining = poll(table, table_length, timeout_ms);
  if (!found(remaining, "poll")) return;
  for (size_t i = table_length; remaining > 0 && i-- > 0;) {
    if (table[i].revents == 0) continue;
    remaining--;
    dispatch(ready, table[i].fd, events_of(table[i].revents));
  }
}

// epoll: its constants have the same values as POLLIN, POLLOUT, POLLPRI, POLLERR and POLLHUP.

enum { EVENTS_A_WAIT = 1024 };

static int epoll_fd = -1;

static void epoll_watch(int fd, unsigned before, unsigned events) {
  if (epoll_fd < 0 && (epoll_fd = epoll_create1(EPOLL_CLOEXEC)) < 0) fail("epoll_create1");
  // The kernel removes an fd when it is closed.
  if (events == 0) return;
  unsigned mask = (events & READ ? EPOLLIN : 0) | (events & WRITE ? EPOLLOUT : 0) | (events & URGENT ? EPOLLPRI : 0);
  struct epoll_event event = {.events = mask, .data.fd = fd};
  if (epoll_ctl(epoll_fd, before == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) < 0) fail("epoll_ctl");
}

static void epoll_wait_ready(int timeout_ms, ready_function *ready) {
  static struct epoll_event list[EVENTS_A_WAIT];
  int count = epoll_wait(epoll_fd, list, EVENTS_A_WAIT, timeout_ms);
  if (!found(count, "epoll_wait")) return;
  for (int i = 0; i < count; i++) dispatch(ready, list[i].data.fd, events_of(list[i].events));
}

static const struct backend backends[] = {
    {"select", select_watch, select_wait},
    {"poll", poll_watch, poll_wait},
    {"epoll", epoll_watch, epoll_wait_ready},
};
