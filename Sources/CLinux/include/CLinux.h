// Linux calls that Swift's Glibc module lacks or cannot express (variadic, GNU-only, macros), behind plain types.
// _GNU_SOURCE stays in the .c file: in a header it gives glibc structures a second, conflicting definition.
#pragma once
#include <stddef.h>
#include <stdint.h>

struct sh_stat {
    uint64_t inode, size, blocks;
    int64_t mtime_s, ctime_s;
    uint32_t mtime_ns, ctime_ns;
    uint32_t mode, uid, gid, nlink;
    uint32_t dev_major, dev_minor, rdev_major, rdev_minor;
    uint32_t inode_flags;   // compressed 0x4, immutable 0x10, append-only 0x20, no-dump 0x40, as FS_IOC_GETFLAGS has them
};

// All return -errno on failure.
int sh_statx(int dirfd, const char *name, struct sh_stat *out);    // does not follow symbolic links, does not mount
int sh_fstat(int fd, struct sh_stat *out);
long sh_getdents(int fd, void *buffer, size_t size);               // bytes filled, 0 at the end
int sh_open_read(int dirfd, const char *name);                     // O_NOFOLLOW, O_NONBLOCK, O_NOATIME where permitted
int sh_open_directory(int dirfd, const char *name);
int sh_open_anchor(int dirfd, const char *name);                   // O_PATH | O_DIRECTORY, follows nothing
int sh_open_place(const char *path);                               // the same by path, following what is on the way and at its end
int sh_create_exclusive(int dirfd, const char *name, uint32_t mode);
int sh_open_write(int dirfd, const char *name);
long sh_readlink(int dirfd, const char *name, char *buffer, size_t size);
int sh_link(int from_dir, const char *from, int to_dir, const char *to);
int sh_symlink(const char *target, int dirfd, const char *name);
int sh_mkdir(int dirfd, const char *name, uint32_t mode);
int sh_mknod(int dirfd, const char *name, uint32_t mode, uint32_t major, uint32_t minor);
int sh_rename(int from_dir, const char *from, int to_dir, const char *to);
int sh_rename_noreplace(int from_dir, const char *from, int to_dir, const char *to);
int sh_unlink(int dirfd, const char *name, int directory);
int sh_chown(int dirfd, const char *name, uint32_t uid, uint32_t gid);
int sh_chmod(int dirfd, const char *name, uint32_t mode);
int sh_utimes(int dirfd, const char *name, int64_t mtime_s, uint32_t mtime_ns);
int sh_fchown(int fd, uint32_t uid, uint32_t gid);
int sh_fchmod(int fd, uint32_t mode);
int sh_futimes(int fd, int64_t mtime_s, uint32_t mtime_ns);
int sh_fsync(int fd);
int sh_fdatasync(int fd);
int sh_syncfs(int fd);                                              // waits until the whole file system of fd is on its medium
int sh_ftruncate(int fd, int64_t size);
int64_t sh_seek_data(int fd, int64_t offset);
int64_t sh_seek_hole(int fd, int64_t offset);
void sh_prefetch(int fd);
void sh_sequential(int fd);
void sh_drop_cache(int fd, int64_t offset, int64_t length);
int64_t sh_file_flags(int fd);                                      // FS_IOC_GETFLAGS, as lsattr shows them; -errno where unsupported
int sh_set_file_flags(int fd, uint32_t flags);

// Extended attributes of a file that is open, or of a path (not followed).
long sh_flistxattr(int fd, char *list, size_t size);
long sh_fgetxattr(int fd, const char *name, void *value, size_t size);
int sh_fsetxattr(int fd, const char *name, const void *value, size_t size);
long sh_llistxattr(const char *path, char *list, size_t size);
long sh_lgetxattr(const char *path, const char *name, void *value, size_t size);
int sh_lsetxattr(const char *path, const char *name, const void *value, size_t size);

// File system statistics: free bytes for an unprivileged writer; -errno.
int64_t sh_free_bytes(const char *path);
// Takes a lock on an open file without waiting (flock); -EWOULDBLOCK when somebody holds it.
int sh_accept(int fd);                                             // the next connection, closed when another program is begun
int sh_peer_uid(int fd, uint32_t *uid);                            // of who connected to a socket of the file system
int sh_try_lock(int fd);
int sh_lock(int fd);
int sh_unlock(int fd);
// Allocator settings of a bulk-data process: big blocks stay in the heap instead of being mapped and unmapped per call.
void sh_tune_allocator(void);
// Gives freed memory back to the system, so that what was needed once does not add to later peaks.
// Peak resident set of this process so far, KiB.
long sh_peak_rss_kib(void);
// Processors that the calling thread may run on: what is online, less what a container or taskset withholds.
int sh_processor_count(void);
// Blocks SIGINT/SIGTERM/SIGHUP handlers into one flag.
void sh_install_interrupt_flag(void);
int sh_interrupted(void);
// From the first call on SIGHUP sets a flag of its own, which this takes away: whether it came since the last call. One thread calls it.
int sh_take_reload_request(void);
void sh_ignore_sigpipe(void);
// Reads a line from the terminal without echo; returns length or -errno.
long sh_read_secret(const char *prompt, char *buffer, size_t size);
int sh_terminal_width(int fd);                                       // columns, 0 when not a terminal
void sh_wipe(void *buffer, size_t size);
void sh_disable_core_dumps(void);
int sh_pattern_matches(const char *pattern, const char *name, int ignore_case);  // fnmatch(3) over UTF-8
void sh_start_writeback(int fd);

// Restoring.
// Opens the directory at a relative path below dirfd; no component may be a symbolic link or lead out of dirfd.
int sh_open_below(int dirfd, const char *path);
int sh_open_file_below(int dirfd, const char *path);                 // the same for reading a regular file
void sh_random(void *bytes, size_t count);                           // from the kernel; no bytes of lesser quality are ever given
int sh_write_all(int fd, const void *bytes, size_t count);              // 0 or -errno
long sh_pwrite_all(int fd, const void *bytes, size_t count, int64_t offset);   // 0 or -errno
int sh_fremovexattr(int fd, const char *name);
uint32_t sh_set_umask(uint32_t mask);                                // returns the previous one
long sh_raise_file_limit(long wanted);                               // returns the limit that now holds
// Whether the calling thread has read from a disk since it last asked.
int sh_thread_read_from_disk(void);
// Gives memory that was freed back to the system: what a key derivation used need not stay beside what follows it.
void sh_release_memory(void);
// Opens below a directory for reading, through no symbolic link at all, without touching the access time where that is permitted.
int sh_open_source(int dirfd, const char *relative, int directory);
// The same, only to look at what is there, of any kind: O_PATH. A link at the end is what is opened.
int sh_look_at_source(int dirfd, const char *relative);
// Extended attributes of what was opened to be looked at; -ENOSYS where /proc is not mounted.
long sh_plistxattr(int fd, char *list, size_t size);
long sh_pgetxattr(int fd, const char *name, void *value, size_t size);

// Running other programs.
int sh_memory_file(const char *name);                                // a file without a place, closed on exec; -errno
int sh_pipe(int ends[2]);                                            // reading end, writing end, both closed on exec; 0 or -errno
// Starts a program, by path, in a group of its own, with `count` descriptors as its 0, 1, 2 ...: when the thread that calls this is gone, by
// whatever, it gets `signal`. Its process, or -errno, also where it cannot be executed.
int sh_start_bound(const char *path, char *const words[], char *const settings[], const int *descriptors, int count, int signal);
// Noticing changes.
int sh_inotify_open(void);                                           // does not wait when it is read
int sh_inotify_add(int fd, const char *path, uint32_t mask);         // a directory by path, links followed; the watch's number
int sh_inotify_add_open(int fd, int directory, uint32_t mask);       // one that is open, by way of /proc
int sh_inotify_remove(int fd, int watch);
int sh_fanotify_open(void);                                          // names directories by handle and entries by name (Linux 5.9)
int sh_fanotify_mark(int fd, int remove, uint64_t mask, int directory);          // the whole file system that holds it
int sh_open_handle(int mount, const void *handle);                   // O_PATH; `handle` is a struct file_handle
int sh_can_open_handles(int directory);                              // whether that is permitted here: 0 or -errno
int sh_open_listing(const char *path);                               // a directory for reading, links followed
int64_t sh_mount_id(int fd);                                         // the number that /proc/self/mountinfo has for its mount
uint64_t sh_file_system_id(int fd);                                  // what fanotify calls the file system; 0 when unknown
uint32_t sh_file_system_type(const char *path);                      // statfs(2); 0 when unknown
int sh_eventfd(void);
int sh_poll(const int *descriptors, const short *events, int count, int milliseconds, uint32_t *ready);  // a bit for each
int64_t sh_boot_nanoseconds(void);                                   // never goes back, goes on during sleep
int64_t sh_thread_cpu_nanoseconds(void);
long sh_resident_kib(void);                                          // resident memory of this process now
