/* It looks at the deadline, and not at whether its task was cancelled. */
#define OWN_PROCESS
#include "parts.h"

#include <unistd.h>

static int32_t process(void *instance, const jf_task *const *tasks, uint64_t n) {
  (void)instance;
  for (uint64_t i = 0; i < n; ++i) {
    const uint64_t token = tasks[i]->token;
    while (tasks[i]->deadline_ms == 0 && the_host->cancelled(the_host->self, token)) usleep(1000);
    answer_echo(tasks[i]);
  }
  return JF_OK;
}

#include "table.h"
