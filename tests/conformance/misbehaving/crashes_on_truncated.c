/* It believes that input is whole. */
#define OWN_PROCESS
#include "parts.h"

#include <signal.h>

static int32_t process(void *instance, const jf_task *const *tasks, uint64_t n) {
  (void)instance;
  for (uint64_t i = 0; i < n; ++i) {
    if (!is_whole_map(tasks[i]->input)) raise(SIGSEGV);
    answer_echo(tasks[i]);
  }
  return JF_OK;
}

#include "table.h"
