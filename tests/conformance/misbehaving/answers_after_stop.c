/* It answers one task again once it was stopped. */
#define OWN_PROCESS
#define OWN_DESTROY
#include "parts.h"

static uint64_t last;

static int32_t process(void *instance, const jf_task *const *tasks, uint64_t n) {
  (void)instance;
  for (uint64_t i = 0; i < n; ++i) {
    __atomic_store_n(&last, tasks[i]->token, __ATOMIC_RELAXED);
    answer_echo(tasks[i]);
  }
  return JF_OK;
}

static void destroy(void *instance) {
  (void)instance;
  if (last != 0) answer_failed(last, "LATE", "stopped meanwhile");
}

#include "table.h"
