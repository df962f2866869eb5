#ifndef LOAD_WINDOW_H
#define LOAD_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "usage.h"

struct run;

// What has been done so far, in all phases. The checksum is the sum of each message's last byte before its newline.
struct tally {
  uint64_t messages, bytes;
  uint32_t checksum;
};

// Adds what lies between two positions of a connection's stream of messages.
void tally_add(struct tally *tally, uint64_t size, uint64_t from, uint64_t to);

enum window_state { WINDOW_WARMING, WINDOW_OPEN, WINDOW_CLOSED };

// The measured part of a run: its length, its CPU times and what was done in it.
struct window {
  enum window_state state;
  // When the state is due to change; WAIT_FOREVER where only the mode itself knows.
  uint64_t next_ns;
  uint64_t began_ns, load_began_ns;
  struct usage server_began;
  struct tally tally_began;
  uint64_t wall_ns, load_ns;
  struct usage server;
  struct tally tally;
};

// It is to open then, and closes the seconds of the options after that.
void window_plan(struct run *run, uint64_t opens_ns);

// To be called when next_ns has come.
void window_turn(struct run *run, uint64_t now);

void window_open(struct run *run);
void window_close(struct run *run);

static inline bool window_is_open(const struct window *window) { return window->state == WINDOW_OPEN; }

#endif
