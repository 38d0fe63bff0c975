/* A clock that is ahead. Loaded by LD_PRELOAD; caches.mjs says what for. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
  int result = (int)syscall(SYS_clock_gettime, clock, now);
  const char *ahead = getenv("CLOCK_AHEAD");
  if (result == 0 && ahead && clock == CLOCK_REALTIME) now->tv_sec += atoi(ahead);
  return result;
}
