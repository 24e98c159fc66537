/* Once a deadline has passed it waits for a cancel that need not come. */
#define OWN_PROCESS
#define OWN_CANCEL
#include "parts.h"

#include <unistd.h>

static volatile int was_cancelled;

static void cancel(void *instance, uint64_t token) {
  (void)instance;
  (void)token;
  was_cancelled = 1;
}

static int32_t process(void *instance, const jf_task *const *tasks, uint64_t n) {
  (void)instance;
  for (uint64_t i = 0; i < n; ++i) {
    const int64_t deadline_ms = tasks[i]->deadline_ms;
    while (deadline_ms != 0 && deadline_ms < the_host->now_ms(the_host->self) && !was_cancelled) usleep(1000);
    answer_echo(tasks[i]);
  }
  return JF_OK;
}

#include "table.h"
