/* Makes one kind of call on some files fail, be short, or come with a change of the file. Loaded by LD_PRELOAD;
 * disk.mjs builds it and says what the variables mean. What makes its system calls itself (rename, and the looks at
 * folders and at what is in them) cannot be met so: for that there are filters of the kernel, which need no rights. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static const char *call_name, *part_of_path, *action, *log_path;
static int skip, times, error_number, is_before;
static atomic_int seen;
static _Thread_local int inside;

static int number(const char *name, int otherwise) {
  const char *text = getenv(name);
  return text ? atoi(text) : otherwise;
}

static void refuse_renames(void) {
  struct sock_filter filter[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
#ifdef SYS_rename
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rename, 2, 0),
#else
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 2, 0),
#endif
#ifdef SYS_renameat
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat, 1, 0),
#else
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 1, 0),
#endif
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error_number),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = { sizeof filter / sizeof *filter, filter };
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return;
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void trap_looks(void);

__attribute__((constructor)) static void start(void) {
  call_name = getenv("DISK_CALL");
  part_of_path = getenv("DISK_PATH");
  action = getenv("DISK_DO");
  log_path = getenv("DISK_LOG");
  skip = number("DISK_SKIP", 0);
  times = number("DISK_TIMES", INT_MAX);
  error_number = number("DISK_ERRNO", EIO);
  is_before = number("DISK_BEFORE", 0);
  if (call_name && strcmp(call_name, "rename") == 0) refuse_renames();
  if (call_name && (strcmp(call_name, "stat") == 0 || strcmp(call_name, "opendir") == 0)) trap_looks();
}

static int is_action(const char *name) {
  return action && strcmp(action, name) == 0;
}

static int is_call(const char *call) {
  return !inside && call_name && part_of_path && strcmp(call, call_name) == 0;
}

static int starts(const char *call, const char *path) {
  if (!is_call(call) || !strstr(path, part_of_path)) return 0;
  int count = atomic_fetch_add(&seen, 1);
  if (count < skip || count - skip >= times) return 0;
  inside = 1;
  int log = open(log_path, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (log < 0 || write(log, "x", 1) != 1) abort();
  close(log);
  inside = 0;
  return 1;
}

static const char *path_of(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  path[length < 0 ? 0 : length] = 0;
  return path;
}

static void change(const char *path) {
  int before = errno;
  if (is_action("kill")) kill(getpid(), SIGKILL);
  if (is_action("pause")) sleep(2);
  inside = 1;
  struct stat now;
  if (stat(path, &now) != 0) now.st_size = 0;
  if (is_action("append") || is_action("overwrite")) {
    int fd = open(path, O_WRONLY | O_CLOEXEC | (is_action("append") ? O_APPEND : 0));
    // Not at the beginning: what was read before must be what stays wrong.
    if (is_action("overwrite")) lseek(fd, now.st_size - 4, SEEK_SET);
    if (fd < 0 || write(fd, "MORE", 4) != 4) abort();
    close(fd);
  } else if (is_action("truncate")) {
    if (truncate(path, now.st_size / 2) != 0) abort();
  } else if (is_action("remove")) {
    if (remove(path) != 0) abort();
  } else if (is_action("replace")) {
    char other[PATH_MAX + 8];
    snprintf(other, sizeof other, "%s.other", path);
    if (rename(other, path) != 0) abort();
  }
  inside = 0;
  errno = before;
}

/* What all calls have in common: `call` is made, or not, and the file is changed before or after it. */
#define WITH_FAULT(name, path, failed, call)             \
  const char *where = is_call(name) ? path : "";         \
  int is_met = starts(name, where);                      \
  if (is_met && is_action("fail")) {                     \
    errno = error_number;                                \
    return failed;                                       \
  }                                                      \
  if (is_met && is_before) change(where);                \
  __typeof__(call) result = call;                        \
  if (is_met && !is_before) change(where);               \
  return result

#define SHORT(length) (is_met && is_action("short") && (length) > 1 ? (length) / 2 : (length))

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  REAL(open64);
  WITH_FAULT("open", path, -1, real(path, flags, mode));
}

ssize_t pread64(int fd, void *bytes, size_t length, off64_t at) {
  char path[PATH_MAX];
  REAL(pread64);
  WITH_FAULT("read", path_of(fd, path), -1, real(fd, bytes, SHORT(length), at));
}

ssize_t read(int fd, void *bytes, size_t length) {
  char path[PATH_MAX];
  REAL(read);
  WITH_FAULT("read", path_of(fd, path), -1, real(fd, bytes, SHORT(length)));
}

ssize_t write(int fd, const void *bytes, size_t length) {
  REAL(write);
  char path[PATH_MAX];
  WITH_FAULT("write", path_of(fd, path), -1, real(fd, bytes, SHORT(length)));
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
  REAL(pwrite64);
  char path[PATH_MAX];
  WITH_FAULT("write", path_of(fd, path), -1, real(fd, bytes, SHORT(length), at));
}

int fdatasync(int fd) {
  char path[PATH_MAX];
  REAL(fdatasync);
  WITH_FAULT("fdatasync", path_of(fd, path), -1, real(fd));
}

int flock(int fd, int operation) {
  char path[PATH_MAX];
  REAL(flock);
  WITH_FAULT("flock", path_of(fd, path), -1, real(fd, operation));
}

DIR *opendir(const char *path) {
  REAL(opendir);
  WITH_FAULT("opendir", path, NULL, real(path));
}

/* A file that is open has an empty name. */
int statx(int folder, const char *restrict name, int flags, unsigned mask, struct statx *restrict found) {
  char path[PATH_MAX];
  REAL(statx);
  int is_named = *name != 0;
  WITH_FAULT(is_named ? "stat" : "fstat", is_named ? name : path_of(folder, path), -1,
             real(folder, name, flags, mask, found));
}

/* What no call has as its sixth argument. With it the handler's own calls are let through. */
#define OURS 0x6c6f6f6b

#if defined(__x86_64__)
#define ARGUMENT(at, number) ((at)->uc_mcontext.gregs[(const int[]){REG_RDI, REG_RSI, REG_RDX, REG_R10}[number]])
#define RESULT(at) ((at)->uc_mcontext.gregs[REG_RAX])
#elif defined(__aarch64__)
#define ARGUMENT(at, number) ((at)->uc_mcontext.regs[number])
#define RESULT(at) ((at)->uc_mcontext.regs[0])
#endif

/* Stands in for a look at a folder's file, or for the opening of a folder, that was made without the C library. */
static void trapped(int signal, siginfo_t *info, void *context) {
  (void)signal;
  ucontext_t *at = context;
  int before = errno;
  const char *name = (const char *)ARGUMENT(at, 1);
  char path[PATH_MAX * 2] = "";
  if (*name != '/') {
    int folder = (int)ARGUMENT(at, 0);
    if (folder != AT_FDCWD) strcat((char *)path_of(folder, path), *name ? "/" : "");
  }
  strncat(path, name, PATH_MAX);
  const char *call = info->si_syscall == SYS_openat ? "opendir" : *name ? "stat" : "fstat";
  int is_met = starts(call, path);
  if (is_met && is_action("fail")) {
    RESULT(at) = -error_number;
  } else {
    if (is_met && is_before) change(path);
    long result = syscall(info->si_syscall, ARGUMENT(at, 0), name, ARGUMENT(at, 2), ARGUMENT(at, 3), 0, OURS);
    RESULT(at) = result < 0 ? -errno : result;
    if (is_met && !is_before) change(path);
  }
  errno = before;
}

static void trap_looks(void) {
  struct sock_filter filter[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_newfstatat, 3, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 5),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_DIRECTORY, 0, 3),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OURS, 1, 0),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = { sizeof filter / sizeof *filter, filter };
  // What the handler calls is trapped as well, before it is let through.
  struct sigaction action = { .sa_sigaction = trapped, .sa_flags = SA_SIGINFO | SA_NODEFER };
  if (sigaction(SIGSYS, &action, NULL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return;
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}
