#include "report.h"

#include <stdio.h>

#include "clock.h"

static double seconds(uint64_t ns) { return (double)ns / (double)NS_PER_SECOND; }

static void print_tally(const struct tally *tally) {
  printf("\"messages\":%lu,\"bytes\":%lu,\"checksum\":%u", tally->messages, tally->bytes,
         tally->checksum);
}

// The times are those of the monotonic clock, with which a server in Node can compare its own.
static void print_crowd(const struct run *run) {
  const struct window *window = &run->window;
  const struct crowd_report *crowd = &run->crowd;
  printf(",\"unanswered\":%lu,\"crowd\":{\"openedUs\":%lu,\"closedUs\":%lu,\"requests\":%lu,\"answers\":%lu,\"closed\":%lu",
         run->unanswered, window->opened_ns / 1000, (window->opened_ns + window->wall_ns) / 1000, crowd->requests,
         crowd->answers, crowd->closed);
  printf(",\"restBytes\":%lu,\"peakBytes\":%lu}", crowd->rest_bytes, crowd->peak_bytes);
}

static void print_latency(const struct run *run) {
  if (run->options->mode == MODE_STREAM) {
    printf("\"latencyUs\":null,\"histogram\":[]");
    return;
  }
  printf("\"latencyUs\":");
  histogram_print_summary(&run->latency, stdout);
  printf(",\"histogram\":");
  histogram_print_buckets(&run->latency, stdout);
  if (run->options->mode == MODE_CROWD) print_crowd(run);
  if (run->options->mode != MODE_RATE) return;
  printf(",\"serviceUs\":");
  histogram_print_summary(&run->service, stdout);
  printf(",\"unanswered\":%lu", run->unanswered);
}

// All texts come from this program and from strerror, so nothing in them needs escaping.
static void print_errors(const struct faults *faults) {
  printf("\"errors\":[");
  for (uint64_t index = 0; index < faults->count && index < FAULTS_KEPT; index++) {
    printf("%s\"%s\"", index > 0 ? "," : "", faults->kept[index]);
  }
  printf("],\"errorCount\":%lu", faults->count);
}

// User and system time are shares of the exact sum. They are absent when no timer tick found the server running.
static void print_server(const struct options *options, const struct usage *server) {
  if (options->waits_fd > 0) printf(",\"waits\":%lu,\"found\":%lu", server->waits, server->found);
  if (options->server_pid == 0) {
    printf(",\"serverCpuSeconds\":null");
    return;
  }
  double cpu = seconds(server->cpu_ns);
  printf(",\"serverCpuSeconds\":%.6f", cpu);
  uint64_t ticks = server->user_ticks + server->system_ticks;
  if (ticks == 0) return;
  double user = cpu * (double)server->user_ticks / (double)ticks;
  printf(",\"serverUserSeconds\":%.6f,\"serverSystemSeconds\":%.6f", user, cpu - user);
}

void report_print(const struct run *run) {
  const struct options *options = run->options;
  const struct window *window = &run->window;
  printf("{\"mode\":\"%s\",\"connections\":%lu,\"seconds\":%.6f,", mode_names[options->mode],
         options->connections, seconds(window->wall_ns));
  print_tally(&window->tally);
  printf(",\"total\":{");
  print_tally(&run->tally);
  printf("}");
  print_server(options, &window->server);
  printf(",\"loadCpuSeconds\":%.6f,", seconds(window->load_ns));
  print_latency(run);
  printf(",");
  print_errors(&run->faults);
  printf("}\n");
}
