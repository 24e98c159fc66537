/* It starts a thread at the first create() and never ends it. */
#define OWN_PROCESS
#include "parts.h"

#include <pthread.h>
#include <unistd.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void *wait_for_ever(void *unused) {
  (void)unused;
  for (;;) pause();
  return NULL;
}

static void begin(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, wait_for_ever, NULL);
}

static int32_t process(void *instance, const jf_task *const *tasks, uint64_t n) {
  (void)instance;
  pthread_once(&once, begin);
  for (uint64_t i = 0; i < n; ++i) answer_echo(tasks[i]);
  return JF_OK;
}

#include "table.h"
