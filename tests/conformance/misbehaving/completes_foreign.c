/* It answers a token it was never given, too. */
#define OWN_PROCESS
#include "parts.h"

static int32_t process(void *instance, const jf_task *const *tasks, uint64_t n) {
  (void)instance;
  for (uint64_t i = 0; i < n; ++i) {
    const uint64_t token = tasks[i]->token;
    answer_echo(tasks[i]);
    answer_failed(token + 1, "NEXT", "another's");
  }
  return JF_OK;
}

#include "table.h"
