/* What a plugin in C from abi.h alone is made of: its host, and its way to answer. */
#ifndef JACKFIELD_TESTS_PARTS_H
#define JACKFIELD_TESTS_PARTS_H

#include <jackfield/abi.h>

#include "msgpack.h"

static const jf_host *the_host;

static inline jf_bytes text_bytes(const char *text) {
  jf_bytes bytes = {(const uint8_t *)text, strlen(text)};
  return bytes;
}

static inline void answer_ok(uint64_t token, jf_bytes output) {
  jf_result result = {0};
  result.size = sizeof result;
  result.status = JF_OK;
  result.output = output;
  the_host->complete(the_host->self, token, &result);
}

static inline void answer_failed(uint64_t token, const char *code, const char *text) {
  jf_result result = {0};
  result.size = sizeof result;
  result.status = JF_FAIL;
  result.code = text_bytes(code);
  result.text = text_bytes(text);
  the_host->complete(the_host->self, token, &result);
}

/* Gives back its input where that is a whole map. */
static inline void answer_echo(const jf_task *task) {
  if (is_whole_map(task->input)) answer_ok(task->token, task->input);
  else answer_failed(task->token, "INPUT_INVALID", "found no whole msgpack map, expected one");
}

#endif
