/* It opens a file for every task. */
#define OWN_PROCESS
#include "parts.h"

#include <fcntl.h>

static int32_t process(void *instance, const jf_task *const *tasks, uint64_t n) {
  (void)instance;
  for (uint64_t i = 0; i < n; ++i) {
    (void)open("/dev/null", O_RDONLY | O_CLOEXEC);
    answer_echo(tasks[i]);
  }
  return JF_OK;
}

#include "table.h"
