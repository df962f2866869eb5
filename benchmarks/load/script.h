#ifndef LOAD_SCRIPT_H
#define LOAD_SCRIPT_H

#include <stddef.h>

#include "options.h"

// One request of the crowd and its answer. They are the same each time. A line is answered with the same line; with
// --inline-ping, a request is an inline PING command of Redis.
struct script {
  char *request, *answer;
  size_t request_length, answer_length;
};

struct script script_create(const struct options *options);

// A text repeated as often as needed, so that `length` bytes can be read from each position of one text on.
char *script_repeat(const char *text, size_t text_length, size_t length);

#endif
