// The load generator of the benchmarks. `load --help` describes it.

#include "modes.h"
#include "report.h"
#include "socket.h"

int main(int argc, char **argv) {
  static void (*const modes[MODE_COUNT])(struct run *) = {
      [MODE_ECHO] = run_closed_loop, [MODE_URGENT] = run_closed_loop, [MODE_STREAM] = run_stream,
      [MODE_CONNECT] = run_connect,  [MODE_RATE] = run_rate,          [MODE_HOLD] = run_hold,
      [MODE_CROWD] = run_crowd,
  };
  struct options options = {0};
  options_parse(&options, argc, argv);
  socket_require_fds(options.connections + options.idle + (options.mode == MODE_CROWD));
  struct run *run = run_create(&options);
  modes[options.mode](run);
  if (options.mode != MODE_HOLD) report_print(run);
  return run->faults.count > 0 ? 1 : 0;
}
