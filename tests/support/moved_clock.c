/* Another wall clock for the real host: preloaded into it by tests that let hours, days or months pass.
 *
 * MOVED_CLOCK: a file of eight bytes, the nanoseconds by which the host's wall clock is ahead of the machine's. The test
 * that owns the file moves the clock by writing them; what the host waits for by the monotonic clock (a socket, a lock,
 * its own poll) is not touched. It is a library of the tests, so that no host that is sold has a switch for its clock. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const int64_t second_ns = 1000000000;
static _Atomic int64_t *ahead_ns;

/* Until then, while the process is still being put together, the machine's clock counts. */
__attribute__((constructor)) static void open_clock(void) {
  const char *path = getenv("MOVED_CLOCK");
  if (path == NULL) return;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) abort();
  void *shared = mmap(NULL, sizeof *ahead_ns, PROT_READ, MAP_SHARED, fd, 0);
  if (shared == MAP_FAILED) abort();
  ahead_ns = (_Atomic int64_t *)shared;
  close(fd);
}

/* The system's own call, and nothing else: a sanitizer asks for the time before it can bear anybody's function. */
int clock_gettime(clockid_t clock, struct timespec *now) {
  const int result = (int)syscall(SYS_clock_gettime, clock, now);
  const int of_the_day = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
  if (result != 0 || ahead_ns == NULL || !of_the_day) return result;
  const int64_t at_ns = now->tv_sec * second_ns + now->tv_nsec + atomic_load(ahead_ns);
  now->tv_sec = at_ns / second_ns;
  now->tv_nsec = at_ns % second_ns;
  return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  (void)zone;
  struct timespec at;
  if (clock_gettime(CLOCK_REALTIME, &at) != 0) return -1;
  now->tv_sec = at.tv_sec;
  now->tv_usec = at.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *out) {
  struct timespec at;
  (void)clock_gettime(CLOCK_REALTIME, &at);
  if (out != NULL) *out = at.tv_sec;
  return at.tv_sec;
}
