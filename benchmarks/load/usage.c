#include "usage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"
#include "faults.h"
#include "options.h"

static int stat_fd = -1;
static clockid_t cpu_clock;
// The server's process writes these counters: see benchmarks/waits/waits.c.
static const volatile uint64_t *waits;

void usage_open(const struct options *options) {
  if (options->server_pid > 0) {
    char path[32];
    snprintf(path, sizeof path, "/proc/%lu/stat", options->server_pid);
    cpu_clock = process_clock(options->server_pid);
    stat_fd = open(path, O_RDONLY | O_CLOEXEC);
  }
  if (options->waits_fd == 0) return;
  void *mapped = mmap(NULL, 2 * sizeof *waits, PROT_READ, MAP_SHARED, (int)options->waits_fd, 0);
  if (mapped == MAP_FAILED) die(2, "--waits-fd %lu: %s", options->waits_fd, strerror(errno));
  waits = mapped;
}

// proc_pid_stat(5): utime and stime are the 12th and 13th field after the name. The name may contain any character.
static void read_ticks(struct usage *usage) {
  char text[1024];
  ssize_t length = pread(stat_fd, text, sizeof text - 1, 0);
  if (length <= 0) return;
  text[length] = '\0';
  const char *rest = strrchr(text, ')');
  if (rest == NULL) return;
  sscanf(rest, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &usage->user_ticks, &usage->system_ticks);
}

uint64_t usage_cpu_ns(void) { return stat_fd < 0 ? 0 : clock_ns(cpu_clock); }

struct usage usage_read(void) {
  struct usage usage = {0};
  if (waits != NULL) {
    usage.waits = waits[0];
    usage.found = waits[1];
  }
  if (stat_fd >= 0) read_ticks(&usage);
  usage.cpu_ns = usage_cpu_ns();
  return usage;
}

static uint64_t grown(uint64_t after, uint64_t before) { return after > before ? after - before : 0; }

struct usage usage_difference(const struct usage *after, const struct usage *before) {
  return (struct usage){
      .cpu_ns = grown(after->cpu_ns, before->cpu_ns),
      .user_ticks = grown(after->user_ticks, before->user_ticks),
      .system_ticks = grown(after->system_ticks, before->system_ticks),
      .waits = grown(after->waits, before->waits),
      .found = grown(after->found, before->found),
  };
}
