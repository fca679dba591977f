// Notes what a process does to the files of one folder, so that a test can tell what a disk may have
// of it at any moment. Loaded before libc (LD_PRELOAD); libc's calls below end here, are noted, and
// done by the system call of that name. Reads are none of its business.
//
//   POWER_CUT_FOLDER  absolute and without links; POWER_CUT_TRACE  the file of notes, outside of it
//   note = kind u32 · thread u32 · bytes of path u32 · bytes of data u32 · at i64 · path · data   (this machine's byte order)
//
// A write, truncation or sync is noted before it begins and when it has ended, by its thread: only
// writes that had ended before a sync began are sure to be covered by it. Names are noted once they
// have changed. Notes are appended by one call each, so threads and processes share a trace.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// `SYNCED`: a write that has reached the disk when it ends. `MAPPED`: a file that is written without
// calls from then on.
enum kind { WRITE = 1, SYNCED, TRUNCATE, SYNC, END, MADE, FOLDER, LINKED, RENAMED, REMOVED, MAPPED };
struct note { uint32_t kind, thread, path_bytes, data_bytes; int64_t at; };

static const char *folder;
static int trace = -1;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("POWER_CUT_TRACE");
  folder = getenv("POWER_CUT_FOLDER");
  if (path && folder) trace = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int is_ours(const char *path) {
  size_t bytes = folder ? strlen(folder) : 0;
  return trace >= 0 && strncmp(path, folder, bytes) == 0 && (path[bytes] == '/' || path[bytes] == 0);
}

// The path by which an open file is known now; nothing where it is not in the folder or has lost
// its name.
static int path_of(int fd, char path[PATH_MAX]) {
  char link[64];
  struct stat is;
  if (trace < 0 || fd < 0 || fd == trace) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t bytes = readlink(link, path, PATH_MAX - 1);
  path[bytes < 0 ? 0 : bytes] = 0;
  return is_ours(path) && fstat(fd, &is) == 0 && is.st_nlink > 0;
}

static void note(enum kind kind, const char *path, int64_t at, const struct iovec *data, int pieces) {
  struct iovec parts[IOV_MAX];
  struct note head = { kind, syscall(SYS_gettid), strlen(path), 0, at };
  int before = errno;
  if (pieces > IOV_MAX - 2) abort();
  parts[0] = (struct iovec){ &head, sizeof head };
  parts[1] = (struct iovec){ (void *)path, head.path_bytes };
  for (int i = 0; i < pieces; i++) head.data_bytes += (parts[i + 2] = data[i]).iov_len;
  ssize_t bytes = sizeof head + head.path_bytes + head.data_bytes;
  if (syscall(SYS_writev, trace, parts, pieces + 2) != bytes) abort();
  errno = before;
}

static int64_t place_of(int fd) {
  struct stat is;
  if (!(fcntl(fd, F_GETFL) & O_APPEND)) return lseek(fd, 0, SEEK_CUR);
  return fstat(fd, &is) == 0 ? is.st_size : 0;
}

// Notes that a call on an open file begins, and says whether its end is to be noted too.
static int begins(enum kind kind, int fd, int64_t at, const struct iovec *data, int pieces) {
  char path[PATH_MAX];
  int before = errno, ours = path_of(fd, path);
  if (ours) note(kind == WRITE && fcntl(fd, F_GETFL) & O_DSYNC ? SYNCED : kind, path, at < 0 ? place_of(fd) : at, data, pieces);
  errno = before;
  return ours;
}

static long ends(int ours, long result) {
  if (ours) note(END, "", result, NULL, 0);
  return result;
}

// Notes the beginning, does the call, notes the end.
#define NOTED(kind, fd, at, data, pieces, call) ({ int ours = begins(kind, fd, at, data, pieces); ends(ours, call); })

ssize_t write(int fd, const void *bytes, size_t count) {
  struct iovec data = { (void *)bytes, count };
  return NOTED(WRITE, fd, -1, &data, 1, syscall(SYS_write, fd, bytes, count));
}
ssize_t writev(int fd, const struct iovec *data, int pieces) {
  return NOTED(WRITE, fd, -1, data, pieces, syscall(SYS_writev, fd, data, pieces));
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  struct iovec data = { (void *)bytes, count };
  return NOTED(WRITE, fd, at, &data, 1, syscall(SYS_pwrite64, fd, bytes, count, at));
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) { return pwrite(fd, bytes, count, at); }
ssize_t pwritev(int fd, const struct iovec *data, int pieces, off_t at) {
  return NOTED(WRITE, fd, at, data, pieces, syscall(SYS_pwritev, fd, data, pieces, at, 0));
}
ssize_t pwritev64(int fd, const struct iovec *data, int pieces, off64_t at) { return pwritev(fd, data, pieces, at); }
int ftruncate(int fd, off_t bytes) { return NOTED(TRUNCATE, fd, bytes, NULL, 0, syscall(SYS_ftruncate, fd, bytes)); }
int ftruncate64(int fd, off64_t bytes) { return ftruncate(fd, bytes); }
int fsync(int fd) { return NOTED(SYNC, fd, 0, NULL, 0, syscall(SYS_fsync, fd)); }
int fdatasync(int fd) { return NOTED(SYNC, fd, 0, NULL, 0, syscall(SYS_fdatasync, fd)); }

static int opened(int fd, int flags) {
  char path[PATH_MAX];
  if (flags & (O_CREAT | O_TRUNC) && path_of(fd, path)) {
    note(MADE, path, 0, NULL, 0);
    if (flags & O_TRUNC) NOTED(TRUNCATE, fd, 0, NULL, 0, 0);
  }
  return fd;
}

#define MODE(flags) ({ va_list more; va_start(more, flags); int mode = flags & O_CREAT ? va_arg(more, int) : 0; va_end(more); mode; })
int open(const char *path, int flags, ...) { return opened(syscall(SYS_openat, AT_FDCWD, path, flags, MODE(flags)), flags); }
int open64(const char *path, int flags, ...) { return opened(syscall(SYS_openat, AT_FDCWD, path, flags, MODE(flags)), flags); }
int openat(int at, const char *path, int flags, ...) { return opened(syscall(SYS_openat, at, path, flags, MODE(flags)), flags); }
int openat64(int at, const char *path, int flags, ...) { return opened(syscall(SYS_openat, at, path, flags, MODE(flags)), flags); }

static int changed(int result, enum kind kind, const char *path, const char *to) {
  struct iovec data = { (void *)to, to ? strlen(to) : 0 };
  if (result == 0 && is_ours(path)) note(kind, path, 0, &data, to ? 1 : 0);
  return result;
}

int mkdir(const char *path, mode_t mode) { return changed(syscall(SYS_mkdirat, AT_FDCWD, path, mode), FOLDER, path, NULL); }
char *mkdtemp(char *path) {
  char *(*next)(char *) = (char *(*)(char *))dlsym(RTLD_NEXT, "mkdtemp");
  char *made = next(path);
  changed(made ? 0 : -1, FOLDER, path, NULL);
  return made;
}
int link(const char *from, const char *to) {
  return changed(syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0), LINKED, from, to);
}
int rename(const char *from, const char *to) {
  return changed(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0), RENAMED, from, to);
}
int unlink(const char *path) { return changed(syscall(SYS_unlinkat, AT_FDCWD, path, 0), REMOVED, path, NULL); }
int rmdir(const char *path) { return changed(syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR), REMOVED, path, NULL); }
int remove(const char *path) {
  int result = unlink(path);
  return result != 0 && errno == EISDIR ? rmdir(path) : result;
}

void *mmap(void *where, size_t bytes, int protection, int flags, int fd, off_t at) {
  char path[PATH_MAX];
  void *result = (void *)syscall(SYS_mmap, where, bytes, protection, flags, fd, at);
  if (result != MAP_FAILED && protection & PROT_WRITE && flags & MAP_SHARED && path_of(fd, path)) note(MAPPED, path, at, NULL, 0);
  return result;
}
void *mmap64(void *where, size_t bytes, int protection, int flags, int fd, off64_t at) {
  return mmap(where, bytes, protection, flags, fd, at);
}
