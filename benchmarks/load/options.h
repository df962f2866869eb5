#ifndef LOAD_OPTIONS_H
#define LOAD_OPTIONS_H

#include <stdint.h>

enum mode { MODE_ECHO, MODE_STREAM, MODE_CONNECT, MODE_URGENT, MODE_RATE, MODE_HOLD, MODE_CROWD, MODE_COUNT };

extern const char *const mode_names[MODE_COUNT];

// The options of the command line. Times are in nanoseconds. An option that was not given and has no default is 0.
struct options {
  enum mode mode;
  uint64_t port, server_pid, waits_fd;
  uint64_t connections, concurrency, idle;
  uint64_t size, depth, batch, messages, rate, pace, pile;
  // Of the mode crowd; the first two are 0 or 1.
  uint64_t reads, inline_ping, interval_ns;
  uint64_t warmup_ns, seconds_ns, patience_ns;
};

// After a mistake, ends the program with one sentence and exit code 2. --help prints the help and ends the program.
void options_parse(struct options *options, int argc, char **argv);

#endif
