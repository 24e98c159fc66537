/* A thread of its own answers; what is still queued when it is stopped is dropped. */
#define OWN_PROCESS
#define OWN_STOP
#define OWN_DESTROY
#define OWN_CREATE
#include "parts.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct worker {
  pthread_t thread;
  pthread_mutex_t guard;
  pthread_cond_t wake;
  const jf_task *queue[4096];
  unsigned head, tail;
  int ends;
};

static void *work(void *self) {
  struct worker *worker = self;
  pthread_mutex_lock(&worker->guard);
  for (;;) {
    while (!worker->ends && worker->head == worker->tail) pthread_cond_wait(&worker->wake, &worker->guard);
    if (worker->ends) break;
    const jf_task *task = worker->queue[worker->head++ % 4096];
    const int busy = worker->tail - worker->head > 16;
    pthread_mutex_unlock(&worker->guard);
    if (busy) usleep(2000);
    answer_echo(task);
    pthread_mutex_lock(&worker->guard);
  }
  pthread_mutex_unlock(&worker->guard);
  return NULL;
}

static int32_t create(const jf_host *host, jf_bytes settings, void **instance, jf_error *error) {
  if (settings.len > 0 && (!is_whole_map(settings) || member_head(settings, "limit") == 0x81 ||
                           member_head(settings, "folder") == 0x81)) {
    error->text = text_bytes("found settings of another form");
    return JF_FAIL;
  }
  struct worker *worker = calloc(1, sizeof *worker);
  the_host = host;
  pthread_mutex_init(&worker->guard, NULL);
  pthread_cond_init(&worker->wake, NULL);
  pthread_create(&worker->thread, NULL, work, worker);
  *instance = worker;
  return JF_OK;
}

static int32_t process(void *instance, const jf_task *const *tasks, uint64_t n) {
  struct worker *worker = instance;
  pthread_mutex_lock(&worker->guard);
  for (uint64_t i = 0; i < n; ++i) worker->queue[worker->tail++ % 4096] = tasks[i];
  pthread_cond_signal(&worker->wake);
  pthread_mutex_unlock(&worker->guard);
  return JF_PENDING;
}

static void stop(void *instance) {
  struct worker *worker = instance;
  pthread_mutex_lock(&worker->guard);
  worker->ends = 1;
  pthread_cond_signal(&worker->wake);
  pthread_mutex_unlock(&worker->guard);
  pthread_join(worker->thread, NULL);
}

static void destroy(void *instance) { free(instance); }

#include "table.h"
