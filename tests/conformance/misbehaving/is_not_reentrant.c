/* It says it is reentrant, and keeps what belongs to one call where all see it. */
#define OWN_PROCESS
#include "parts.h"

#include <sched.h>

static int inside;

static int32_t process(void *instance, const jf_task *const *tasks, uint64_t n) {
  (void)instance;
  for (uint64_t i = 0; i < n; ++i) {
    const int alone = __atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST) == 1;
    for (int turn = 0; turn < 50; ++turn) sched_yield();
    const uint8_t output[] = {0x81, 0xa1, 'n', (uint8_t)alone};
    const jf_bytes bytes = {output, sizeof output};
    if (is_whole_map(tasks[i]->input)) answer_ok(tasks[i]->token, bytes);
    else answer_echo(tasks[i]);
    __atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
  }
  return JF_OK;
}

#include "table.h"
