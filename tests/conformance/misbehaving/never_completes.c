/* It owes every answer for ever. */
#define OWN_PROCESS
#include "parts.h"

static int32_t process(void *instance, const jf_task *const *tasks, uint64_t n) {
  (void)instance;
  (void)tasks;
  (void)n;
  return JF_PENDING;
}

#include "table.h"
