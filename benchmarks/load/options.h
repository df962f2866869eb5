#ifndef LOAD_OPTIONS_H
#define LOAD_OPTIONS_H

#include <stdint.h>

enum mode { MODE_ECHO, MODE_STREAM, MODE_CONNECT, MODE_URGENT, MODE_RATE, MODE_HOLD, MODE_COUNT };

extern const char *const mode_names[MODE_COUNT];

// What the command line asks for. Times are in nanoseconds; 0 where an option was not given and has no default.
struct options {
  enum mode mode;
  uint64_t port, server_pid, waits_fd;
  uint64_t connections, concurrency, idle;
  uint64_t size, depth, batch, messages, rate, pace, pile;
  uint64_t warmup_ns, seconds_ns, patience_ns;
};

// Ends the program: with the help where it was asked for, or with one sentence and exit code 2 on a mistake.
void options_parse(struct options *options, int argc, char **argv);

#endif
