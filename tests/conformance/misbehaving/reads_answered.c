/* It reads a task once more after it has answered it. */
#define OWN_PROCESS
#include "parts.h"

volatile uint64_t seen_again;

static int32_t process(void *instance, const jf_task *const *tasks, uint64_t n) {
  (void)instance;
  for (uint64_t i = 0; i < n; ++i) {
    answer_echo(tasks[i]);
    seen_again = ((const volatile jf_task *)tasks[i])->token;
  }
  return JF_OK;
}

#include "table.h"
