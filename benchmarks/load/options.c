#include "options.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "faults.h"

const char *const mode_names[MODE_COUNT] = {"echo", "stream", "connect", "urgent", "rate", "hold", "crowd"};

static const char help[] =
    "load: the load generator of tripoll's benchmarks. Connects to a server on 127.0.0.1, checks every byte that comes\n"
    "back, and prints one line of JSON. The exit code is 1 after errors of the server, and 2 after wrong arguments.\n"
    "\n"
    "load --port N [--server-pid P] [--waits-fd F] MODE [options]\n"
    "\n"
    "  echo     each connection sends --depth messages, waits until all their bytes are back, and repeats that\n"
    "           --connections C [--depth 1] [--size 64] [--idle 0] [--warmup 1] [--seconds 5]\n"
    "  stream   all senders together write --messages lines, --batch in each send, and half-close; it ends when the server\n"
    "           has closed all connections\n"
    "           --connections C --messages N [--batch 1] [--size 64] [--pace 0] [--pile 0] [--warmup 1]\n"
    "           --pace W: all senders together make W sends a second; --pile B: each sender sends B bytes while the server\n"
    "           is stopped, and nothing until it has read them, repeatedly; 0: as fast as possible\n"
    "  connect  each slot connects, sends, half-closes, reads to the end, closes, and repeats that\n"
    "           --concurrency K [--size 64] [--warmup 1] [--seconds 5]\n"
    "  urgent   like echo, with one urgent (out-of-band) byte that the server answers with a normal byte\n"
    "           --connections C [--warmup 1] [--seconds 5]\n"
    "  rate     message k is due at start + k / rate, even when the server is late; the latency starts when a message is due.\n"
    "           serviceUs starts at the send, and has only messages that were sent while the connection waited for no answer\n"
    "           --connections C --rate R [--size 64] [--idle 0] [--warmup 1] [--seconds 5]\n"
    "           the first third of the warm-up is like echo\n"
    "  hold     connects, prints {\"held\":C}, and keeps the connections until its standard input ends\n"
    "           --connections C\n"
    "  crowd    each connection sends --size bytes a request, as many as its socket accepts, and reads nothing; one more client\n"
    "           asks every --interval seconds and waits for its answer; only its answers have latencies\n"
    "           --connections C [--reads 0] [--size 64] [--interval 0.02] [--inline-ping 0] [--warmup 1] [--seconds 5]\n"
    "           --reads 1: the crowd reads and checks its answers; --inline-ping 1: the requests are PING commands of Redis\n"
    "           the warm-up is like echo, with the same number of connections\n"
    "\n"
    "  --server-pid P   report the CPU time of this process in the measured window, and its user and system parts\n"
    "  --waits-fd F     report the counters that libwaits writes into this file: waits, and fds that they found ready\n"
    "  --idle I         open I more connections that never send\n"
    "  --patience S     how many seconds a server may be silent at the end (2 for rate, 10 for the other modes)\n"
    "\n"
    "Examples\n"
    "  load --port 9001 echo --connections 64\n"
    "  load --port 9001 --server-pid 4242 echo --connections 64 --depth 16 --seconds 10\n"
    "  load --port 9001 stream --connections 100 --batch 16 --messages 2000000\n"
    "  load --port 9001 connect --concurrency 16\n"
    "  load --port 9001 rate --connections 64 --rate 20000\n"
    "  load --port 9001 rate --connections 1 --rate 100     (how fast an idle server wakes up)\n"
    "  load --port 9001 --server-pid 4242 crowd --connections 300 --size 2\n";

enum kind { COUNT, SECONDS };

#define IN(mode) (1u << MODE_##mode)
#define EVERY ((1u << MODE_COUNT) - 1)
#define TIMED (IN(ECHO) | IN(CONNECT) | IN(URGENT) | IN(RATE) | IN(CROWD))
#define SIZED (IN(ECHO) | IN(STREAM) | IN(CONNECT) | IN(RATE) | IN(CROWD))
#define FIELD(name) offsetof(struct options, name)

// `fallback` is the value in `modes` when the option is absent; -1 when the option is required.
static const struct option_rule {
  const char *name;
  size_t field;
  enum kind kind;
  unsigned modes;
  double fallback, minimum, maximum;
} rules[] = {
    {"port", FIELD(port), COUNT, EVERY, -1, 1, 65535},
    {"server-pid", FIELD(server_pid), COUNT, EVERY, 0, 1, 1 << 22},
    {"waits-fd", FIELD(waits_fd), COUNT, EVERY & ~IN(HOLD), 0, 1, 1 << 20},
    {"connections", FIELD(connections), COUNT, EVERY & ~IN(CONNECT), -1, 1, 1 << 20},
    {"concurrency", FIELD(concurrency), COUNT, IN(CONNECT), -1, 1, 1 << 20},
    {"idle", FIELD(idle), COUNT, IN(ECHO) | IN(RATE), 0, 0, 1 << 20},
    // A line needs at least one byte before its newline.
    {"size", FIELD(size), COUNT, SIZED, 64, 2, 1 << 24},
    {"depth", FIELD(depth), COUNT, IN(ECHO), 1, 1, 1 << 16},
    {"batch", FIELD(batch), COUNT, IN(STREAM), 1, 1, 1 << 16},
    {"messages", FIELD(messages), COUNT, IN(STREAM), -1, 1, 1e12},
    {"rate", FIELD(rate), COUNT, IN(RATE), -1, 1, 1e7},
    {"pace", FIELD(pace), COUNT, IN(STREAM), 0, 0, 1e7},
    {"pile", FIELD(pile), COUNT, IN(STREAM), 0, 0, 1e9},
    {"reads", FIELD(reads), COUNT, IN(CROWD), 0, 0, 1},
    {"inline-ping", FIELD(inline_ping), COUNT, IN(CROWD), 0, 0, 1},
    {"interval", FIELD(interval_ns), SECONDS, IN(CROWD), 0.02, 0.001, 3600},
    {"warmup", FIELD(warmup_ns), SECONDS, TIMED | IN(STREAM), 1, 0, 3600},
    {"seconds", FIELD(seconds_ns), SECONDS, TIMED, 5, 0.001, 3600},
    {"patience", FIELD(patience_ns), SECONDS, EVERY & ~IN(HOLD), 10, 0.001, 3600},
};

#define RULES (sizeof rules / sizeof *rules)

static uint64_t *field_of(struct options *options, const struct option_rule *rule) {
  return (uint64_t *)((char *)options + rule->field);
}

static uint64_t stored(const struct option_rule *rule, double value) {
  return (uint64_t)(rule->kind == SECONDS ? value * NS_PER_SECOND : value);
}

static const struct option_rule *find_rule(const char *name) {
  for (size_t index = 0; index < RULES; index++) {
    if (strcmp(rules[index].name, name) == 0) return &rules[index];
  }
  die(2, "there is no option --%s; load --help lists them", name);
}

static void set(struct options *options, const struct option_rule *rule, const char *text) {
  char *end;
  double value = strtod(text, &end);
  bool number = end != text && *end == '\0' && isfinite(value) && (rule->kind == SECONDS || value == floor(value));
  if (!number || value < rule->minimum || value > rule->maximum) {
    die(2, "--%s must be a%s from %.15g to %.15g, not '%s'", rule->name,
        rule->kind == SECONDS ? " number of seconds" : "n integer", rule->minimum, rule->maximum, text);
  }
  *field_of(options, rule) = stored(rule, value);
}

static enum mode find_mode(const char *name) {
  for (int mode = 0; mode < MODE_COUNT; mode++) {
    if (strcmp(mode_names[mode], name) == 0) return (enum mode)mode;
  }
  die(2, "there is no mode '%s': echo, stream, connect, urgent, rate, hold or crowd", name);
}

static void complete(struct options *options, const bool *given) {
  for (size_t index = 0; index < RULES; index++) {
    const struct option_rule *rule = &rules[index];
    bool taken = rule->modes & 1u << options->mode;
    if (given[index] && !taken) die(2, "--%s is no option of %s", rule->name, mode_names[options->mode]);
    if (given[index] || !taken) continue;
    if (rule->fallback < 0) die(2, "%s needs --%s", mode_names[options->mode], rule->name);
    *field_of(options, rule) = stored(rule, rule->fallback);
    if (rule->field == FIELD(patience_ns) && options->mode == MODE_RATE) options->patience_ns = 2 * NS_PER_SECOND;
  }
}

void options_parse(struct options *options, int argc, char **argv) {
  bool given[RULES] = {false};
  options->mode = MODE_COUNT;
  for (int index = 1; index < argc; index++) {
    const char *word = argv[index];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
      fputs(help, stdout);
      exit(0);
    }
    if (strncmp(word, "--", 2) != 0) {
      if (options->mode != MODE_COUNT) die(2, "one mode only: '%s' comes after %s", word, mode_names[options->mode]);
      options->mode = find_mode(word);
      continue;
    }
    const struct option_rule *rule = find_rule(word + 2);
    if (++index == argc) die(2, "--%s needs a value", rule->name);
    set(options, rule, argv[index]);
    given[rule - rules] = true;
  }
  if (options->mode == MODE_COUNT) die(2, "a mode is missing: echo, stream, connect, urgent, rate, hold or crowd");
  complete(options, given);
  if (options->pile > 0 && options->server_pid == 0) die(2, "--pile needs --server-pid");
  if (options->mode == MODE_URGENT) options->size = options->depth = 1;
  if (options->mode == MODE_CONNECT) options->connections = options->concurrency;
}
