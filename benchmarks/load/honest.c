#include "honest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "message.h"

struct honest honest_create(struct run *run, struct connection *connection, const struct script *script) {
  struct honest honest = {.run = run, .connection = connection, .next_ns = now_ns()};
  honest.question_length = script->request_length;
  honest.answer_length = script->answer_length;
  honest.question = malloc(script->request_length);
  if (honest.question == NULL) die(2, "not enough memory for a question");
  memcpy(honest.question, script->request, script->request_length);
  // Redis answers with its own text. The answer to a line is the line, which has a number.
  honest.answer = run->options->inline_ping ? script->answer : honest.question;
  return honest;
}

static void ask(struct honest *honest, uint64_t now) {
  struct connection *connection = honest->connection;
  if (!honest->run->options->inline_ping) {
    message_number(honest->question, honest->question_length, connection->id, honest->asked);
  }
  honest->asked++;
  honest->waits = true;
  honest->came = 0;
  honest->asked_ns = now;
  honest->next_ns = now + honest->run->options->interval_ns;
  ssize_t sent = send(connection->fd, honest->question, honest->question_length, MSG_NOSIGNAL);
  if (sent == (ssize_t)honest->question_length) return;
  connection_fail(honest->run, connection, "question %lu: %s", honest->asked,
                  sent < 0 ? strerror(errno) : "the socket is full");
}

static void on_answer(struct honest *honest) {
  struct run *run = honest->run;
  histogram_add(&run->latency, now_ns() - honest->asked_ns);
  run->tally.messages++;
  honest->waits = false;
}

static void on_data(struct honest *honest, const char *data, size_t length) {
  bool expected = honest->waits && length <= honest->answer_length - honest->came &&
                  memcmp(data, honest->answer + honest->came, length) == 0;
  if (!expected) {
    connection_fail(honest->run, honest->connection, "the answer to question %lu is wrong", honest->asked);
    return;
  }
  honest->came += length;
  if (honest->came == honest->answer_length) on_answer(honest);
}

static void receive(struct honest *honest) {
  struct run *run = honest->run;
  ssize_t got = recv(honest->connection->fd, run->input, INPUT_BYTES, MSG_DONTWAIT);
  if (got > 0) {
    on_data(honest, run->input, (size_t)got);
  } else if (got == 0) {
    connection_fail(run, honest->connection, "closed by the server after %lu questions", honest->asked);
  } else if (errno != EAGAIN) {
    connection_fail(run, honest->connection, "recv: %s", strerror(errno));
  }
}

void honest_step(struct honest *honest, bool asks) {
  if (!connection_is_open(honest->connection)) return;
  if (honest->waits) receive(honest);
  if (!asks || honest->waits || !connection_is_open(honest->connection)) return;
  uint64_t now = now_ns();
  if (now >= honest->next_ns) ask(honest, now);
}

void honest_end(struct honest *honest) {
  if (connection_is_open(honest->connection)) receive(honest);
  if (!honest->waits || !connection_is_open(honest->connection)) return;
  histogram_add(&honest->run->latency, now_ns() - honest->asked_ns);
  honest->run->unanswered++;
}
