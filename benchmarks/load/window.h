#ifndef LOAD_WINDOW_H
#define LOAD_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "usage.h"

struct run;

// What was done so far, in all phases of the run. The checksum is the sum of the byte before the newline of each message.
struct tally {
  uint64_t messages, bytes;
  uint32_t checksum;
};

// Adds the messages and bytes between two positions in the stream of a connection.
void tally_add(struct tally *tally, uint64_t size, uint64_t from, uint64_t to);

enum window_state { WINDOW_WARMING, WINDOW_OPEN, WINDOW_CLOSED };

// The measured part of a run: its length, its CPU times, and the messages in it.
struct window {
  enum window_state state;
  // When the state changes next; WAIT_FOREVER when the mode opens and closes the window itself.
  uint64_t next_ns;
  uint64_t opened_ns, load_opened_ns;
  struct usage server_at_open;
  struct tally tally_at_open;
  uint64_t wall_ns, load_ns;
  struct usage server;
  struct tally tally;
};

// Schedules the opening. The window closes options->seconds_ns later.
void window_schedule(struct run *run, uint64_t opens_ns);

// Opens or closes the window when next_ns has passed.
void window_update(struct run *run, uint64_t now);

void window_open(struct run *run);
void window_close(struct run *run);

static inline bool window_is_open(const struct window *window) { return window->state == WINDOW_OPEN; }

#endif
