#include "server.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

// The pid of the stopped server, or 0 while the server runs. A signal handler reads it.
static volatile sig_atomic_t stopped;

void server_continue(void) {
  pid_t pid = stopped;
  stopped = 0;
  if (pid > 0) kill(pid, SIGCONT);
}

static void on_signal(int signal_number) {
  server_continue();
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

void server_stop(uint64_t pid) {
  static bool prepared;
  if (!prepared) {
    prepared = true;
    atexit(server_continue);
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    signal(SIGHUP, on_signal);
  }
  stopped = (sig_atomic_t)pid;
  kill((pid_t)pid, SIGSTOP);
}
