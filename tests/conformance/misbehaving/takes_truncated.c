/* It answers OK whatever it is given. */
#define OWN_PROCESS
#include "parts.h"

static int32_t process(void *instance, const jf_task *const *tasks, uint64_t n) {
  (void)instance;
  const uint8_t empty = 0x80;
  const jf_bytes output = {&empty, 1};
  for (uint64_t i = 0; i < n; ++i) answer_ok(tasks[i]->token, output);
  return JF_OK;
}

#include "table.h"
