/* Kills the process at its n-th write to the disk: preloaded into the real host by the crash test.
 *
 * CRASH_FILE: only files whose path ends so ("jackfield.db-wal"). CRASH_AT: the n-th fsync or fdatasync of such a file.
 * CRASH_WHEN: "before" (what was written is in the page cache, the caller never learns) or "after" (durable, but nothing
 * that follows from it has happened). SIGKILL: no handler, no destructor runs. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_int syncs;

static int is_ours(int fd) {
  const char *suffix = getenv("CRASH_FILE");
  if (suffix == NULL) return 0;
  char link[64];
  char path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, sizeof path);
  const size_t wanted = strlen(suffix);
  if (length < 0 || (size_t)length < wanted) return 0;
  return memcmp(path + length - wanted, suffix, wanted) == 0;
}

static int synced(int fd, const char *name) {
  int (*real)(int) = NULL;
  *(void **)&real = dlsym(RTLD_NEXT, name);
  if (!is_ours(fd)) return real(fd);
  const char *at = getenv("CRASH_AT");
  const char *when = getenv("CRASH_WHEN");
  const int mine = atomic_fetch_add(&syncs, 1) + 1;
  const int now = at != NULL && mine == atoi(at);
  if (now && when != NULL && strcmp(when, "before") == 0) kill(getpid(), SIGKILL);
  const int result = real(fd);
  if (now) kill(getpid(), SIGKILL);
  return result;
}

int fsync(int fd) { return synced(fd, "fsync"); }
int fdatasync(int fd) { return synced(fd, "fdatasync"); }
