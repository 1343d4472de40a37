// Preloaded into the program under test (see Faults.swift): counts the calls by which it changes a file system, and lets one of
// them, or all from one on, fail, or kills the process there. Descriptors up to 2 and pipes are left alone.
//
//   FAULT_AT=N       the N-th call, from 1; without it calls are only counted
//   FAULT_ERROR=E    the errno, or 0 to be killed
//   FAULT_STAYS=1    all later calls fail as well
//   FAULT_COUNT=F    at the end, the number of calls is written to F
//   FAULT_VANISHES=N a file of this name is removed just before it is opened for reading
//   FAULT_EXCHANGES=P this directory makes room for a link to FAULT_INSTEAD just before anything in it is opened or read
//   FAULT_OLD_KERNEL=1 openat2(2) is not there
//   FAULT_CHANGES=P  this file grows by a page after each time that something is read from it
//   FAULT_UNREADABLE=P this file cannot be read: EIO
//   FAULT_CLOCK=S    the clock is so many seconds ahead
//   FAULT_PASSED=S   so many seconds have passed, by all clocks that tell how long the host has been running
//   FAULT_HURRY=N    time passes so many times as fast, by the clock that durations are taken with
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static long (*kernel)(long, ...);
static atomic_long calls;
static long at, error, stays, ahead, hurry, passed;
static const char *vanishes, *changes, *unreadable, *exchanges, *instead;
static atomic_int exchanged;
static int old_kernel;
static pid_t process;

static long number(const char *name) {
    const char *value = getenv(name);
    return value ? atol(value) : 0;
}

__attribute__((constructor)) static void begin(void) {
    kernel = dlsym(RTLD_NEXT, "syscall");
    at = number("FAULT_AT");
    error = number("FAULT_ERROR");
    stays = number("FAULT_STAYS");
    ahead = number("FAULT_CLOCK");
    hurry = number("FAULT_HURRY");
    passed = number("FAULT_PASSED");
    vanishes = getenv("FAULT_VANISHES");
    changes = getenv("FAULT_CHANGES");
    unreadable = getenv("FAULT_UNREADABLE");
    exchanges = getenv("FAULT_EXCHANGES");
    instead = getenv("FAULT_INSTEAD");
    old_kernel = number("FAULT_OLD_KERNEL") != 0;
    process = getpid();
}

__attribute__((destructor)) static void end(void) {
    const char *name = getenv("FAULT_COUNT");
    if (!name || getpid() != process) return;
    int fd = syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    char text[32];
    int count = snprintf(text, sizeof text, "%ld", atomic_load(&calls));
    if (fd >= 0) syscall(SYS_write, fd, text, count), syscall(SYS_close, fd);
}

// Whether this call is to fail; errno is set then.
static int fails(void) {
    long n = atomic_fetch_add(&calls, 1) + 1;
    if (at == 0 || n < at || (n > at && !stays)) return 0;
    if (error == 0) syscall(SYS_kill, process, SIGKILL);
    errno = (int)error;
    return 1;
}

static int counts(int fd) {
    struct stat s;
    int saved = errno;
    int yes = fd > 2 && fstat(fd, &s) == 0 && (S_ISREG(s.st_mode) || S_ISDIR(s.st_mode));
    errno = saved;
    return yes;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define ON_FILE(result, name, parameters, arguments) \
    result name parameters { return counts(fd) && fails() ? -1 : REAL(name) arguments; }
#define ON_NAME(result, name, parameters, arguments) \
    result name parameters { return fails() ? -1 : REAL(name) arguments; }

ON_FILE(ssize_t, write, (int fd, const void *b, size_t n), (fd, b, n))
ON_FILE(ssize_t, pwrite, (int fd, const void *b, size_t n, off_t o), (fd, b, n, o))
ON_FILE(ssize_t, pwrite64, (int fd, const void *b, size_t n, off64_t o), (fd, b, n, o))
ON_FILE(int, fsync, (int fd), (fd))
ON_FILE(int, fdatasync, (int fd), (fd))
ON_FILE(int, syncfs, (int fd), (fd))
ON_FILE(int, ftruncate, (int fd, off_t n), (fd, n))
ON_FILE(int, ftruncate64, (int fd, off64_t n), (fd, n))
ON_NAME(int, link, (const char *a, const char *b), (a, b))
ON_NAME(int, linkat, (int d, const char *a, int e, const char *b, int f), (d, a, e, b, f))
ON_NAME(int, rename, (const char *a, const char *b), (a, b))
ON_NAME(int, renameat, (int d, const char *a, int e, const char *b), (d, a, e, b))
ON_NAME(int, renameat2, (int d, const char *a, int e, const char *b, unsigned f), (d, a, e, b, f))
ON_NAME(int, mkdir, (const char *a, mode_t m), (a, m))
ON_NAME(int, mkdirat, (int d, const char *a, mode_t m), (d, a, m))
ON_NAME(int, symlinkat, (const char *t, int d, const char *a), (t, d, a))
ON_NAME(int, mknodat, (int d, const char *a, mode_t m, dev_t v), (d, a, m, v))
ON_NAME(int, mkstemp, (char *t), (t))

// Returns the error itself and leaves errno alone.
int posix_fallocate(int fd, off_t offset, off_t length) {
    int saved = errno;
    if (counts(fd) && fails()) {
        int failed = errno;
        errno = saved;
        return failed;
    }
    return REAL(posix_fallocate)(fd, offset, length);
}

static int is_named(const char *path, const char *wanted) {
    const char *slash = strrchr(path, '/');
    return wanted && strcmp(slash ? slash + 1 : path, wanted) == 0;
}

// Exchanges the directory once, when `path` (absolute or not) names something in it. Where directories are opened one after the
// other, it is named by the descriptor.
static void exchange(int directory, const char *path) {
    if (!exchanges || !instead || atomic_load(&exchanged)) return;
    const char *slash = strrchr(exchanges, '/');
    const char *found = strstr(path, slash + 1);
    size_t count = strlen(slash + 1);
    int named = found && (found == path || found[-1] == '/') && found[count] == '/' && found[count + 1];
    struct stat there, here;
    int saved = errno;
    if (!named && directory >= 0 && fstatat(AT_FDCWD, exchanges, &there, AT_SYMLINK_NOFOLLOW) == 0 && fstat(directory, &here) == 0)
        named = there.st_ino == here.st_ino && there.st_dev == here.st_dev;
    if (named && atomic_exchange(&exchanged, 1) == 0) {
        char away[4096];
        snprintf(away, sizeof away, "%s.away", instead);
        kernel(SYS_renameat, AT_FDCWD, exchanges, AT_FDCWD, away);
        kernel(SYS_symlinkat, instead, AT_FDCWD, exchanges);
    }
    errno = saved;
}

static int opening(int directory, const char *path, int flags, mode_t mode, int (*real)(int, const char *, int, mode_t)) {
    if (flags & O_CREAT && fails()) return -1;
    if (!(flags & (O_WRONLY | O_RDWR | O_PATH | O_DIRECTORY)) && is_named(path, vanishes)) unlinkat(directory, path, 0);
    return real(directory, path, flags, mode);
}
static int real_openat(int d, const char *p, int f, mode_t m) { exchange(d, p); return syscall(SYS_openat, d, p, f, m); }

#define MODE(flags) ({ mode_t m_ = 0; if (flags & (O_CREAT | O_TMPFILE)) { va_list l_; va_start(l_, flags); m_ = va_arg(l_, int); va_end(l_); } m_; })
int open(const char *path, int flags, ...) { return opening(AT_FDCWD, path, flags, MODE(flags), real_openat); }
int open64(const char *path, int flags, ...) { return opening(AT_FDCWD, path, flags, MODE(flags), real_openat); }
int openat(int d, const char *path, int flags, ...) { return opening(d, path, flags, MODE(flags), real_openat); }
int openat64(int d, const char *path, int flags, ...) { return opening(d, path, flags, MODE(flags), real_openat); }

// openat2(2) has no function of its own.
long syscall(long n, ...) {
    long a[6];
    va_list list;
    va_start(list, n);
    for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
    va_end(list);
    if (!kernel) kernel = dlsym(RTLD_NEXT, "syscall");
    if (n == SYS_openat2 && old_kernel) {
        errno = ENOSYS;
        return -1;
    }
    if (n == SYS_openat2) exchange((int)a[0], (char *)a[1]);
    if (n == SYS_openat2 && !(((struct open_how *)a[2])->flags & (O_WRONLY | O_RDWR | O_PATH | O_DIRECTORY)) && is_named((char *)a[1], vanishes))
        unlinkat((int)a[0], (char *)a[1], 0);
    return kernel(n, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static int is_file(int fd, const char *path) {
    struct stat there, here;
    int saved = errno;
    int same = path && stat(path, &there) == 0 && fstat(fd, &here) == 0 && there.st_ino == here.st_ino && there.st_dev == here.st_dev;
    errno = saved;
    return same;
}
static int is_unreadable(int fd) {
    if (!is_file(fd, unreadable)) return 0;
    errno = EIO;
    return 1;
}
static void grow(int fd) {
    int saved = errno;
    if (is_file(fd, changes)) {
        int file = syscall(SYS_openat, AT_FDCWD, changes, O_WRONLY | O_APPEND, 0);
        char page[4096];
        memset(page, '+', sizeof page);
        if (file >= 0) syscall(SYS_write, file, page, sizeof page), syscall(SYS_close, file);
    }
    errno = saved;
}
ssize_t read(int fd, void *b, size_t n) {
    ssize_t result = syscall(SYS_read, fd, b, n);
    if (changes && result > 0) grow(fd);
    return result;
}
ssize_t pread(int fd, void *b, size_t n, off_t o) {
    if (unreadable && is_unreadable(fd)) return -1;
    ssize_t result = syscall(SYS_pread64, fd, b, n, o);
    if (changes && result > 0) grow(fd);
    return result;
}
ssize_t pread64(int fd, void *b, size_t n, off64_t o) {
    if (unreadable && is_unreadable(fd)) return -1;
    ssize_t result = syscall(SYS_pread64, fd, b, n, o);
    if (changes && result > 0) grow(fd);
    return result;
}

ssize_t readlinkat(int d, const char *p, char *b, size_t n) {
    exchange(d, p);
    return syscall(SYS_readlinkat, d, p, b, n);
}
ssize_t llistxattr(const char *p, char *list, size_t n) {
    exchange(-1, p);
    return syscall(SYS_llistxattr, p, list, n);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec += ahead + passed;
    if (result == 0 && clock == CLOCK_BOOTTIME) time->tv_sec += passed;
    if (result == 0 && clock == CLOCK_MONOTONIC && hurry > 1) {
        __int128 faster = ((__int128)time->tv_sec * 1000000000 + time->tv_nsec) * hurry;
        time->tv_sec = faster / 1000000000;
        time->tv_nsec = faster % 1000000000;
    }
    return result;
}
