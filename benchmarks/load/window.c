#include "window.h"

#include "clock.h"
#include "message.h"
#include "run.h"

void tally_add(struct tally *tally, uint64_t size, uint64_t from, uint64_t to) {
  uint64_t last = to / size;
  tally->bytes += to - from;
  for (uint64_t sequence = from / size; sequence < last; sequence++) {
    tally->messages++;
    tally->checksum += message_last_byte(sequence);
  }
}

void window_schedule(struct run *run, uint64_t opens_ns) { run->window.next_ns = opens_ns; }

void window_open(struct run *run) {
  struct window *window = &run->window;
  window->state = WINDOW_OPEN;
  window->tally_at_open = run->tally;
  window->server_at_open = usage_read();
  window->load_opened_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
  window->opened_ns = now_ns();
  window->next_ns = window->opened_ns + run->options->seconds_ns;
}

void window_close(struct run *run) {
  struct window *window = &run->window;
  window->wall_ns = now_ns() - window->opened_ns;
  struct usage server = usage_read();
  // The clock of a process that has ended cannot be read.
  if (server.cpu_ns < window->server_at_open.cpu_ns) fault_add(&run->faults, "the server's process has ended");
  window->server = usage_difference(&server, &window->server_at_open);
  window->load_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - window->load_opened_ns;
  window->state = WINDOW_CLOSED;
  window->next_ns = WAIT_FOREVER;
  window->tally.messages = run->tally.messages - window->tally_at_open.messages;
  window->tally.bytes = run->tally.bytes - window->tally_at_open.bytes;
  window->tally.checksum = run->tally.checksum - window->tally_at_open.checksum;
}

void window_update(struct run *run, uint64_t now) {
  if (run->window.state == WINDOW_WARMING && now >= run->window.next_ns) window_open(run);
  if (run->window.state == WINDOW_OPEN && now >= run->window.next_ns) window_close(run);
}
