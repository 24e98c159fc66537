/* It says that all is answered, and leaves out the last task of a call with more than one. */
#define OWN_PROCESS
#include "parts.h"

static int32_t process(void *instance, const jf_task *const *tasks, uint64_t n) {
  (void)instance;
  for (uint64_t i = 0; i < n && (i == 0 || i + 1 < n); ++i) answer_echo(tasks[i]);
  return JF_OK;
}

#include "table.h"
