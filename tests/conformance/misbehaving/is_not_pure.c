/* It says it is pure, and counts. */
#define OWN_PROCESS
#include "parts.h"

static uint8_t count;

static int32_t process(void *instance, const jf_task *const *tasks, uint64_t n) {
  (void)instance;
  for (uint64_t i = 0; i < n; ++i) {
    uint8_t output[] = {0x81, 0xa1, 'n', 0};
    output[3] = (uint8_t)(__atomic_add_fetch(&count, 1, __ATOMIC_RELAXED) & 0x7f);
    const jf_bytes bytes = {output, sizeof output};
    if (is_whole_map(tasks[i]->input)) answer_ok(tasks[i]->token, bytes);
    else answer_echo(tasks[i]);
  }
  return JF_OK;
}

#include "table.h"
