#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"

#define PING_LENGTH 5
// The space for the length of a bulk string and for its line ends.
#define BULK_EXTRA 32

static void *allocate(size_t bytes) {
  void *memory = malloc(bytes);
  if (memory == NULL) die(2, "not enough memory for messages of the crowd");
  return memory;
}

static struct script line(size_t size) {
  struct script script = {.request = allocate(size), .request_length = size, .answer_length = size};
  memset(script.request, 'x', size - 1);
  script.request[size - 1] = '\n';
  script.answer = script.request;
  return script;
}

// A size with space for an argument gets one, which Redis sends back as a bulk string.
static struct script inline_ping(size_t size) {
  size_t argument = size > PING_LENGTH + 1 ? size - PING_LENGTH - 1 : 0;
  struct script script = {.request = allocate(size + BULK_EXTRA), .answer = allocate(size + BULK_EXTRA)};
  if (argument == 0) {
    script.request_length = (size_t)sprintf(script.request, "PING\n");
    script.answer_length = (size_t)sprintf(script.answer, "+PONG\r\n");
    return script;
  }
  char *filler = allocate(argument + 1);
  memset(filler, 'x', argument);
  filler[argument] = '\0';
  script.request_length = (size_t)sprintf(script.request, "PING %s\n", filler);
  script.answer_length = (size_t)sprintf(script.answer, "$%zu\r\n%s\r\n", argument, filler);
  free(filler);
  return script;
}

struct script script_create(const struct options *options) {
  return options->inline_ping ? inline_ping(options->size) : line(options->size);
}

char *script_repeat(const char *text, size_t text_length, size_t length) {
  char *repeated = allocate(length + text_length);
  for (size_t index = 0; index < length + text_length; index++) repeated[index] = text[index % text_length];
  return repeated;
}
