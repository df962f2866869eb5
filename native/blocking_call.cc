#include "blocking_call.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>

#include "old_glibc.h"
#include "slices.h"

namespace {

// Enough for one system call, and little enough to be mapped quickly.
constexpr size_t kStackBytes = 256 * 1024;

struct Job {
  ssize_t (*system_call)(void*);
  void* argument;
  ssize_t result = -1;
  int error = 0;
  std::atomic<uint32_t> is_done{0};
};

void* Run(void* data) {
  Job* job = static_cast<Job*>(data);
  // Not every call is a cancellation point: sendfile(2) is none.
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
  ssize_t result = job->system_call(job->argument);
  int error = errno;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
  job->result = result;
  job->error = error;
  job->is_done.store(1);
  ::syscall(SYS_futex, &job->is_done, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
  return nullptr;
}

// Starts a thread that handles no signals: they are for Node's own threads.
bool Start(pthread_t* thread, Job* job) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool started = pthread_attr_setstacksize(&attributes, kStackBytes) == 0 &&
                 pthread_create(thread, &attributes, Run, job) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return started;
}

}  // namespace

bool MayBlock(const Environment* environment, int fd) {
  if (!environment->EndsBeforeProcess()) return false;
  int flags = ::fcntl(fd, F_GETFL);
  if (flags == -1 || (flags & O_NONBLOCK) != 0) return false;
  struct stat status;
  return Fstat(fd, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

ssize_t CallOnOwnThread(const Environment* environment, ssize_t (*system_call)(void*), void* argument) {
  Job job{system_call, argument};
  pthread_t thread;
  if (!Start(&thread, &job)) return system_call(argument);
  const struct timespec slice = {0, kSliceUs * 1000};
  while (job.is_done.load() == 0) {
    ::syscall(SYS_futex, &job.is_done, FUTEX_WAIT_PRIVATE, 0, &slice, nullptr, 0);
    if (job.is_done.load() != 0 || !environment->IsEnding()) continue;
    pthread_cancel(thread);
    break;
  }
  pthread_join(thread, nullptr);
  const bool is_done = job.is_done.load() != 0;
  errno = is_done ? job.error : EINTR;
  return is_done ? job.result : -1;
}
