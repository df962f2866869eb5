#ifndef LOAD_HONEST_H
#define LOAD_HONEST_H

#include <stdbool.h>

#include "connection.h"
#include "script.h"

// A client that asks, waits for the answer, and asks again --interval after its last question, or at once when that is over.
struct honest {
  struct run *run;
  struct connection *connection;
  char *question;
  const char *answer;
  size_t question_length, answer_length;
  // How many questions it has asked, and how many bytes of the answer to the last one have come.
  uint64_t asked, came;
  bool waits;
  uint64_t asked_ns, next_ns;
};

struct honest honest_create(struct run *run, struct connection *connection, const struct script *script);

// Receives what has come, and asks when the next question is due and `asks` is true. It is cheap enough to be called after
// each send of the crowd.
void honest_step(struct honest *honest, bool asks);

// Counts a question that waits for its answer still: its latency is at least the time until now.
void honest_end(struct honest *honest);

#endif
