#include "call.h"
#include "blocking_call.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

namespace {

Napi::Value Close(const Napi::CallbackInfo& info) {
  Call call(info);
  int fd = call.Int(0, "fd");
  if (!call.ok()) return call.Failed();
  call.environment()->Disown(fd);
  return call.Result(::close(fd));
}

Napi::Value Dup3(const Napi::CallbackInfo& info) {
  Call call(info);
  int from = call.Int(0, "oldfd");
  int to = call.Int(1, "newfd");
  int flags = call.Int(2, "flags");
  if (!call.ok()) return call.Failed();
  // Not FdResult, which may close the fd: `to` may have belonged to the caller before.
  int result = ::dup3(from, to, flags);
  int error = errno;
  if (result >= 0) call.environment()->Own(result);
  errno = error;
  return call.Result(result);
}

// fcntl(fd, command, argument) for commands with an integer argument. Other commands return -EINVAL: their argument is
// a pointer, and the kernel must never use an integer from JavaScript as a pointer.
Napi::Value Fcntl(const Napi::CallbackInfo& info) {
  Call call(info);
  int fd = call.Int(0, "fd");
  int command = call.Int(1, "command");
  int argument = call.Int(2, "argument");
  if (!call.ok()) return call.Failed();
  switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
      return call.FdResult(::fcntl(fd, command, argument));
    case F_GETFD:
    case F_SETFD:
    case F_GETFL:
    case F_SETFL:
    case F_GETPIPE_SZ:
    case F_SETPIPE_SZ:
      return call.Result(::fcntl(fd, command, argument));
    default:
      errno = EINVAL;
      return call.Result(-1);
  }
}

// ioctl(fd, request, argument) for requests whose argument is a pointer to an int; it returns the int after the call.
// Other requests return -EINVAL, because the kernel could write beyond the int.
Napi::Value Ioctl(const Napi::CallbackInfo& info) {
  Call call(info);
  int fd = call.Int(0, "fd");
  uint32_t request = call.Mask(1, "request");
  int argument = call.Int(2, "argument");
  if (!call.ok()) return call.Failed();
  switch (request) {
    case FIONREAD:
    case FIONBIO:
    case SIOCOUTQ:
    case SIOCATMARK:
    case TIOCGPTN:
    case TIOCSPTLCK:
      break;
    default:
      errno = EINVAL;
      return call.Result(-1);
  }
  if (::ioctl(fd, request, &argument) == -1) return call.Result(-1);
  // Unsigned, because a negative int would look like an errno. FIONBIO, for example, leaves the caller's own int there.
  return call.Result(static_cast<uint32_t>(argument));
}

Napi::Value Read(const Napi::CallbackInfo& info) {
  Call call(info);
  int fd = call.Int(0, "fd");
  Bytes bytes = call.Slice(1);
  if (!call.ok()) return call.Failed();
  return call.Result(
      BlockingCall(call.environment(), fd, [&] { return ::read(fd, bytes.data, bytes.length); }));
}

Napi::Value Write(const Napi::CallbackInfo& info) {
  Call call(info);
  int fd = call.Int(0, "fd");
  Bytes bytes = call.Slice(1);
  if (!call.ok()) return call.Failed();
  return call.Result(
      BlockingCall(call.environment(), fd, [&] { return ::write(fd, bytes.data, bytes.length); }));
}

// flock(fd, operation) never waits: LOCK_NB is always added. A wait in this call could not be ended.
Napi::Value Flock(const Napi::CallbackInfo& info) {
  Call call(info);
  int fd = call.Int(0, "fd");
  int operation = call.Int(1, "operation");
  if (!call.ok()) return call.Failed();
  return call.Result(::flock(fd, operation | LOCK_NB));
}

// pipe2(fds, flags) writes the read end into fds[0] and the write end into fds[1].
Napi::Value Pipe2(const Napi::CallbackInfo& info) {
  Call call(info);
  int flags = call.Int(1, "flags");
  int32_t* fds = call.Int32s(0, "fds", 2);
  if (!call.ok()) return call.Failed();
  int pair[2];
  return call.PairResult(::pipe2(pair, flags), pair, fds);
}

Napi::Value Eventfd(const Napi::CallbackInfo& info) {
  Call call(info);
  uint32_t initial = call.Mask(0, "initval");
  int flags = call.Int(1, "flags");
  if (!call.ok()) return call.Failed();
  return call.FdResult(::eventfd(initial, flags));
}

// adoptFd(fd): the environment closes the fd when it ends, as it closes the fds of its own calls.
Napi::Value AdoptFd(const Napi::CallbackInfo& info) {
  Call call(info);
  int fd = call.Int(0, "fd");
  if (!call.ok()) return call.Failed();
  call.environment()->Own(fd);
  return call.Result(0);
}

// keepOpen(fd): the environment does not close the fd when it ends. Returns 0, or -errno when the fd is closed.
Napi::Value KeepOpen(const Napi::CallbackInfo& info) {
  Call call(info);
  int fd = call.Int(0, "fd");
  if (!call.ok()) return call.Failed();
  if (::fcntl(fd, F_GETFD) == -1) return call.Result(-1);
  call.environment()->Disown(fd);
  return call.Result(0);
}

}  // namespace

void RegisterFd(Napi::Object exports) {
  Export<Close>(exports, "close");
  Export<Dup3>(exports, "dup3");
  Export<Fcntl>(exports, "fcntl");
  Export<Ioctl>(exports, "ioctl");
  Export<Read>(exports, "read");
  Export<Write>(exports, "write");
  Export<Flock>(exports, "flock");
  Export<Pipe2>(exports, "pipe2");
  Export<Eventfd>(exports, "eventfd");
  Export<AdoptFd>(exports, "adoptFd");
  Export<KeepOpen>(exports, "keepOpen");
}
