#define _GNU_SOURCE
#include "CLinux.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <locale.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define RESULT(call) ({ long r_; do { r_ = (call); } while (r_ < 0 && errno == EINTR); r_ < 0 ? -errno : r_; })

static void convert(const struct statx *s, struct sh_stat *out) {
    out->inode = s->stx_ino; out->size = s->stx_size; out->blocks = s->stx_blocks;
    out->mtime_s = s->stx_mtime.tv_sec; out->mtime_ns = s->stx_mtime.tv_nsec;
    out->ctime_s = s->stx_ctime.tv_sec; out->ctime_ns = s->stx_ctime.tv_nsec;
    out->mode = s->stx_mode; out->uid = s->stx_uid; out->gid = s->stx_gid; out->nlink = s->stx_nlink;
    out->dev_major = s->stx_dev_major; out->dev_minor = s->stx_dev_minor;
    out->inode_flags = s->stx_attributes & (STATX_ATTR_COMPRESSED | STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND | STATX_ATTR_NODUMP);
    out->rdev_major = s->stx_rdev_major; out->rdev_minor = s->stx_rdev_minor;
}

int sh_statx(int dirfd, const char *name, struct sh_stat *out) {
    struct statx s;
    long r = RESULT(statx(dirfd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &s));
    if (r == 0) convert(&s, out);
    return r;
}
int sh_fstat(int fd, struct sh_stat *out) {
    struct statx s;
    long r = RESULT(statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &s));
    if (r == 0) convert(&s, out);
    return r;
}
long sh_getdents(int fd, void *buffer, size_t size) { return RESULT(syscall(SYS_getdents64, fd, buffer, size)); }

static int open_without_atime(int dirfd, const char *name, int flags) {
    // O_NOATIME is for the owner and root only: where it is refused, the plain open is right.
    long fd = RESULT(openat(dirfd, name, flags | O_NOATIME));
    if (fd == -EPERM) fd = RESULT(openat(dirfd, name, flags));
    return fd;
}
int sh_open_read(int dirfd, const char *name) { return open_without_atime(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY); }
int sh_open_directory(int dirfd, const char *name) { return open_without_atime(dirfd, name, O_RDONLY | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC); }
int sh_open_anchor(int dirfd, const char *name) { return RESULT(openat(dirfd, name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC)); }
int sh_open_place(const char *path) { return RESULT(open(path, O_PATH | O_DIRECTORY | O_CLOEXEC)); }
int sh_create_exclusive(int dirfd, const char *name, uint32_t mode) { return RESULT(openat(dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)); }
int sh_open_write(int dirfd, const char *name) { return RESULT(openat(dirfd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC)); }
long sh_readlink(int dirfd, const char *name, char *buffer, size_t size) { return RESULT(readlinkat(dirfd, name, buffer, size)); }
int sh_link(int from_dir, const char *from, int to_dir, const char *to) { return RESULT(linkat(from_dir, from, to_dir, to, 0)); }
int sh_symlink(const char *target, int dirfd, const char *name) { return RESULT(symlinkat(target, dirfd, name)); }
int sh_mkdir(int dirfd, const char *name, uint32_t mode) { return RESULT(mkdirat(dirfd, name, mode)); }
int sh_mknod(int dirfd, const char *name, uint32_t mode, uint32_t major, uint32_t minor) { return RESULT(mknodat(dirfd, name, mode, makedev(major, minor))); }
int sh_rename(int from_dir, const char *from, int to_dir, const char *to) { return RESULT(renameat(from_dir, from, to_dir, to)); }
int sh_rename_noreplace(int from_dir, const char *from, int to_dir, const char *to) { return RESULT(renameat2(from_dir, from, to_dir, to, RENAME_NOREPLACE)); }
int sh_unlink(int dirfd, const char *name, int directory) { return RESULT(unlinkat(dirfd, name, directory ? AT_REMOVEDIR : 0)); }
int sh_chown(int dirfd, const char *name, uint32_t uid, uint32_t gid) { return RESULT(fchownat(dirfd, name, uid, gid, AT_SYMLINK_NOFOLLOW)); }
int sh_chmod(int dirfd, const char *name, uint32_t mode) { return RESULT(fchmodat(dirfd, name, mode, 0)); }
int sh_utimes(int dirfd, const char *name, int64_t s, uint32_t ns) {
    struct timespec t[2] = {{0, UTIME_OMIT}, {s, ns}};
    return RESULT(utimensat(dirfd, name, t, AT_SYMLINK_NOFOLLOW));
}
int sh_fchown(int fd, uint32_t uid, uint32_t gid) { return RESULT(fchown(fd, uid, gid)); }
int sh_fchmod(int fd, uint32_t mode) { return RESULT(fchmod(fd, mode)); }
int sh_futimes(int fd, int64_t s, uint32_t ns) {
    struct timespec t[2] = {{0, UTIME_OMIT}, {s, ns}};
    return RESULT(futimens(fd, t));
}
int sh_fsync(int fd) { return RESULT(fsync(fd)); }
int sh_fdatasync(int fd) { return RESULT(fdatasync(fd)); }
int sh_syncfs(int fd) { return RESULT(syncfs(fd)); }
int sh_ftruncate(int fd, int64_t size) { return RESULT(ftruncate(fd, size)); }
int64_t sh_seek_data(int fd, int64_t offset) { return RESULT(lseek(fd, offset, SEEK_DATA)); }
int64_t sh_seek_hole(int fd, int64_t offset) { return RESULT(lseek(fd, offset, SEEK_HOLE)); }
void sh_prefetch(int fd) { posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED); }
void sh_sequential(int fd) { posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL); }
void sh_drop_cache(int fd, int64_t offset, int64_t length) { posix_fadvise(fd, offset, length, POSIX_FADV_DONTNEED); }
int64_t sh_file_flags(int fd) { int flags = 0; long r = RESULT(ioctl(fd, FS_IOC_GETFLAGS, &flags)); return r < 0 ? r : (uint32_t)flags; }
int sh_set_file_flags(int fd, uint32_t flags) { int f = flags; return RESULT(ioctl(fd, FS_IOC_SETFLAGS, &f)); }

long sh_flistxattr(int fd, char *list, size_t size) { return RESULT(flistxattr(fd, list, size)); }
long sh_fgetxattr(int fd, const char *name, void *value, size_t size) { return RESULT(fgetxattr(fd, name, value, size)); }
int sh_fsetxattr(int fd, const char *name, const void *value, size_t size) { return RESULT(fsetxattr(fd, name, value, size, 0)); }
long sh_llistxattr(const char *path, char *list, size_t size) { return RESULT(llistxattr(path, list, size)); }
long sh_lgetxattr(const char *path, const char *name, void *value, size_t size) { return RESULT(lgetxattr(path, name, value, size)); }
int sh_lsetxattr(const char *path, const char *name, const void *value, size_t size) { return RESULT(lsetxattr(path, name, value, size, 0)); }

int64_t sh_free_bytes(const char *path) {
    struct statvfs v;
    long r = RESULT(statvfs(path, &v));
    return r < 0 ? r : (int64_t)v.f_bavail * (int64_t)v.f_frsize;
}
int sh_accept(int fd) { return RESULT(accept4(fd, NULL, NULL, SOCK_CLOEXEC)); }
int sh_peer_uid(int fd, uint32_t *uid) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size)) return -errno;
    *uid = peer.uid;
    return 0;
}
int sh_try_lock(int fd) { return RESULT(flock(fd, LOCK_EX | LOCK_NB)); }
int sh_lock(int fd) { return RESULT(flock(fd, LOCK_EX)); }
int sh_unlock(int fd) { return RESULT(flock(fd, LOCK_UN)); }
void sh_tune_allocator(void) {
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_ARENA_MAX, 4);
}
long sh_peak_rss_kib(void) { struct rusage u; getrusage(RUSAGE_SELF, &u); return u.ru_maxrss; }
int sh_processor_count(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : (int)sysconf(_SC_NPROCESSORS_ONLN);
}

static volatile sig_atomic_t interrupted;
static void note_interrupt(int signal_number) {
    if (interrupted) _exit(128 + signal_number);   // a second request ends at once; what was written stays usable
    interrupted = signal_number;
}
void sh_install_interrupt_flag(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = note_interrupt;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}
int sh_interrupted(void) { return interrupted; }
static volatile sig_atomic_t reload_requested;
static void note_reload(int number) { (void)number; reload_requested = 1; }
int sh_take_reload_request(void) {
    static int installed;
    if (!installed) {
        struct sigaction action;
        memset(&action, 0, sizeof action);
        action.sa_handler = note_reload;
        action.sa_flags = SA_RESTART;
        sigaction(SIGHUP, &action, NULL);
        installed = 1;
    }
    if (!reload_requested) return 0;
    reload_requested = 0;
    return 1;
}
void sh_ignore_sigpipe(void) { signal(SIGPIPE, SIG_IGN); }

long sh_read_secret(const char *prompt, char *buffer, size_t size) {
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return -errno;
    struct termios before, quiet;
    if (tcgetattr(fd, &before) < 0) { int e = errno; close(fd); return -e; }
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(fd, TCSAFLUSH, &quiet);
    if (write(fd, prompt, strlen(prompt)) < 0) { /* the prompt is a courtesy */ }
    size_t n = 0;
    char c;
    while (n < size && read(fd, &c, 1) == 1 && c != '\n') buffer[n++] = c;
    tcsetattr(fd, TCSAFLUSH, &before);
    if (write(fd, "\n", 1) < 0) { /* likewise */ }
    close(fd);
    return (long)n;
}
int sh_terminal_width(int fd) {
    struct winsize w;
    if (!isatty(fd)) return 0;
    return ioctl(fd, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col : 80;
}
void sh_wipe(void *buffer, size_t size) { explicit_bzero(buffer, size); }
void sh_disable_core_dumps(void) { prctl(PR_SET_DUMPABLE, 0); }

// Whatever the locale: names are UTF-8 where they are text, and a ? stands for one letter of it.
static locale_t text_locale;
static void make_text_locale(void) { text_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0); }

int sh_pattern_matches(const char *pattern, const char *name, int ignore_case) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    int flags = ignore_case ? FNM_CASEFOLD : 0;
    pthread_once(&once, make_text_locale);
    locale_t before = text_locale ? uselocale(text_locale) : (locale_t)0;
    int result = fnmatch(pattern, name, flags);
    if (before) uselocale(before);
    // Some C libraries give up on what is not text: then byte by byte.
    if (result != 0 && result != FNM_NOMATCH) result = fnmatch(pattern, name, flags);
    return result == 0;
}
void sh_start_writeback(int fd) { sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE); }

// One component after the other, following nothing.
static int open_stepwise(int dirfd, const char *path, int flags) {
    int fd = dirfd;
    char name[256];
    for (;;) {
        const char *end = strchrnul(path, '/');
        size_t count = (size_t)(end - path);
        int next = -ENAMETOOLONG;
        if (count < sizeof name) {
            memcpy(name, path, count);
            name[count] = 0;
            if (!strcmp(name, "..")) next = -EXDEV;
            else if (*end) next = sh_open_anchor(fd, name);
            else next = flags & O_PATH ? (int)RESULT(openat(fd, name, flags)) : open_without_atime(fd, name, flags);
        }
        if (fd != dirfd) close(fd);
        if (next < 0 || !*end) return next;
        fd = next;
        path = end + 1;
    }
}
// Below dirfd and through no symbolic link, wherever in the path it stands.
static int open_beneath(int dirfd, const char *path, int flags) {
    struct open_how how = {.flags = flags, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
    if (!*path) path = ".";
    long fd = RESULT(syscall(SYS_openat2, dirfd, path, &how, sizeof how));
    if (fd == -EPERM && flags & O_NOATIME) {
        how.flags &= ~(uint64_t)O_NOATIME;
        fd = RESULT(syscall(SYS_openat2, dirfd, path, &how, sizeof how));
    }
    // Kernels before 5.6 do not know the call, old container filters refuse it, and none takes more than PATH_MAX at once.
    return fd == -ENOSYS || fd == -EPERM || fd == -ENAMETOOLONG ? open_stepwise(dirfd, path, flags) : (int)fd;
}
int sh_open_below(int dirfd, const char *path) { return open_beneath(dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); }
int sh_open_file_below(int dirfd, const char *path) { return open_beneath(dirfd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC); }
void sh_random(void *bytes, size_t count) {
    while (count > 0) {
        ssize_t got = getrandom(bytes, count, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) abort();
        bytes = (char *)bytes + got;
        count -= (size_t)got;
    }
}
int sh_write_all(int fd, const void *bytes, size_t count) {
    while (count > 0) {
        long written = RESULT(write(fd, bytes, count));
        if (written < 0) return (int)written;
        bytes = (const char *)bytes + written;
        count -= (size_t)written;
    }
    return 0;
}
long sh_pwrite_all(int fd, const void *bytes, size_t count, int64_t offset) {
    while (count > 0) {
        long written = RESULT(pwrite(fd, bytes, count, offset));
        if (written < 0) return written;
        bytes = (const char *)bytes + written;
        count -= (size_t)written;
        offset += written;
    }
    return 0;
}
int sh_fremovexattr(int fd, const char *name) { return RESULT(fremovexattr(fd, name)); }
uint32_t sh_set_umask(uint32_t mask) { return umask(mask); }
long sh_raise_file_limit(long wanted) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return 256;
    if ((long)limit.rlim_cur < wanted || limit.rlim_cur == RLIM_INFINITY) {
        struct rlimit raised = limit;
        raised.rlim_cur = limit.rlim_max == RLIM_INFINITY || (long)limit.rlim_max > wanted ? (rlim_t)wanted : limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0) return (long)raised.rlim_cur;
    }
    return (long)limit.rlim_cur;
}
int sh_thread_read_from_disk(void) {
    static __thread long before;
    struct rusage usage;
    if (getrusage(RUSAGE_THREAD, &usage) != 0) return 1;
    long now = usage.ru_inblock;
    int changed = now != before;
    before = now;
    return changed;
}
void sh_release_memory(void) { malloc_trim(0); }
int sh_open_source(int dirfd, const char *relative, int directory) {
    return open_beneath(dirfd, relative, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NOATIME | (directory ? O_DIRECTORY : O_NONBLOCK));
}
int sh_look_at_source(int dirfd, const char *relative) { return open_beneath(dirfd, relative, O_PATH | O_NOFOLLOW | O_CLOEXEC); }

// llistxattr(2) would ask the link in /proc itself; without the l it is followed to what is open, and no further.
struct proxy { char path[32]; };
static struct proxy proxy_of(int fd) {
    struct proxy p;
    snprintf(p.path, sizeof p.path, "/proc/self/fd/%d", fd);
    return p;
}
long sh_plistxattr(int fd, char *list, size_t size) {
    long r = RESULT(listxattr(proxy_of(fd).path, list, size));
    return r == -ENOENT ? -ENOSYS : r;
}
long sh_pgetxattr(int fd, const char *name, void *value, size_t size) { return RESULT(getxattr(proxy_of(fd).path, name, value, size)); }

int sh_memory_file(const char *name) { return RESULT(memfd_create(name, MFD_CLOEXEC)); }
int sh_pipe(int ends[2]) { return RESULT(pipe2(ends, O_CLOEXEC)); }
// In the child, until it is another program: nothing but what a signal handler may call. Returns why it is none.
static int become(const char *path, char *const words[], char *const settings[], const int *descriptors, int count) {
    sigset_t none;
    sigemptyset(&none);
    struct sigaction usual = { .sa_handler = SIG_DFL };
    for (int number = 1; number < NSIG; number++) sigaction(number, &usual, NULL);
    // What is blocked in the thread that starts it would keep the signal from it.
    if (sigprocmask(SIG_SETMASK, &none, NULL) < 0 || setpgid(0, 0) < 0) return errno;
    for (int number = 0; number < count; number++)
        if (descriptors[number] == number ? fcntl(number, F_SETFD, 0) < 0 : dup2(descriptors[number], number) < 0) return errno;
    execve(path, words, settings);
    return errno;
}

int sh_start_bound(const char *path, char *const words[], char *const settings[], const int *descriptors, int count, int signal) {
    int ends[2], problem = 0;
    if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
    pid_t parent = getpid();
    // No handler of ours runs in the child.
    sigset_t all, blocked;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &blocked);
    pid_t child = fork();
    if (child == 0) {
        if (prctl(PR_SET_PDEATHSIG, signal) < 0) problem = errno;
        // Who went before that sends no signal any more.
        if (getppid() != parent) _exit(127);
        // Out of the way of the descriptors.
        int saying = fcntl(ends[1], F_DUPFD_CLOEXEC, count);
        if (saying < 0) problem = errno;
        if (problem == 0) problem = become(path, words, settings, descriptors, count);
        if (write(saying < 0 ? ends[1] : saying, &problem, sizeof problem) < 0) _exit(126);
        _exit(127);
    }
    if (child < 0) problem = errno;
    pthread_sigmask(SIG_SETMASK, &blocked, NULL);
    close(ends[1]);
    if (child > 0 && RESULT(read(ends[0], &problem, sizeof problem)) > 0) RESULT(waitpid(child, NULL, 0));
    close(ends[0]);
    return problem ? -problem : child;
}

int sh_inotify_open(void) { return RESULT(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)); }
int sh_inotify_add(int fd, const char *path, uint32_t mask) { return RESULT(inotify_add_watch(fd, path, mask | IN_ONLYDIR)); }
int sh_inotify_add_open(int fd, int directory, uint32_t mask) { return RESULT(inotify_add_watch(fd, proxy_of(directory).path, mask | IN_ONLYDIR)); }
int sh_inotify_remove(int fd, int watch) { return RESULT(inotify_rm_watch(fd, watch)); }
int sh_fanotify_open(void) {
    return RESULT(fanotify_init(FAN_CLASS_NOTIF | FAN_NONBLOCK | FAN_CLOEXEC | FAN_REPORT_DFID_NAME, O_RDONLY | O_CLOEXEC));
}
int sh_fanotify_mark(int fd, int remove, uint64_t mask, int directory) {
    return RESULT(fanotify_mark(fd, (remove ? FAN_MARK_REMOVE : FAN_MARK_ADD) | FAN_MARK_FILESYSTEM, mask, directory, "."));
}
int sh_open_handle(int mount, const void *handle) { return RESULT(open_by_handle_at(mount, (struct file_handle *)handle, O_PATH | O_CLOEXEC)); }
int sh_can_open_handles(int directory) {
    union { struct file_handle head; char room[sizeof(struct file_handle) + MAX_HANDLE_SZ]; } handle;
    int mount;
    handle.head.handle_bytes = MAX_HANDLE_SZ;
    long r = RESULT(name_to_handle_at(directory, "", &handle.head, &mount, AT_EMPTY_PATH));
    if (r == 0) r = sh_open_handle(directory, &handle);
    if (r >= 0) { close((int)r); r = 0; }
    return (int)r;
}
int sh_open_listing(const char *path) { return open_without_atime(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC); }
int64_t sh_mount_id(int fd) {
    struct statx s;
    long r = RESULT(statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &s));
    if (r < 0) return r;
    return s.stx_mask & STATX_MNT_ID ? (int64_t)s.stx_mnt_id : -ENOSYS;
}
uint64_t sh_file_system_id(int fd) {
    struct statfs s;
    uint64_t id = 0;
    if (RESULT(fstatfs(fd, &s)) == 0) memcpy(&id, &s.f_fsid, sizeof id);
    return id;
}
uint32_t sh_file_system_type(const char *path) {
    struct statfs s;
    return RESULT(statfs(path, &s)) == 0 ? (uint32_t)s.f_type : 0;
}
int sh_eventfd(void) { return RESULT(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)); }
int sh_poll(const int *descriptors, const short *events, int count, int milliseconds, uint32_t *ready) {
    struct pollfd list[8];
    *ready = 0;
    if (count > 8) return -EINVAL;
    for (int i = 0; i < count; i++) list[i] = (struct pollfd){.fd = descriptors[i], .events = events[i]};
    int r = poll(list, (nfds_t)count, milliseconds);   // a signal ends the wait: the caller knows how long is left
    if (r < 0) return -errno;
    for (int i = 0; i < count; i++) if (list[i].revents) *ready |= 1u << i;
    return r;
}
static int64_t nanoseconds_of(clockid_t clock) {
    struct timespec t;
    return clock_gettime(clock, &t) == 0 ? (int64_t)t.tv_sec * 1000000000 + t.tv_nsec : 0;
}
int64_t sh_boot_nanoseconds(void) { return nanoseconds_of(CLOCK_BOOTTIME); }
int64_t sh_thread_cpu_nanoseconds(void) { return nanoseconds_of(CLOCK_THREAD_CPUTIME_ID); }
long sh_resident_kib(void) {
    long size, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file) return 0;
    if (fscanf(file, "%ld %ld", &size, &resident) != 2) resident = 0;
    fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}
