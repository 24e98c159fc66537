/* It keeps a little of every task. */
#define OWN_PROCESS
#include "parts.h"

#include <stdlib.h>

void *volatile kept_by_nobody;

static int32_t process(void *instance, const jf_task *const *tasks, uint64_t n) {
  (void)instance;
  for (uint64_t i = 0; i < n; ++i) {
    kept_by_nobody = malloc(64);
    answer_echo(tasks[i]);
  }
  return JF_OK;
}

#include "table.h"
