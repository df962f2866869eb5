#ifndef TRIPOLL_BLOCKING_CALL_H_
#define TRIPOLL_BLOCKING_CALL_H_

#include <sys/types.h>

#include "environment.h"

// Whether a call with this fd may block a thread that can be told to end.
bool MayBlock(const Environment* environment, int fd);

// Makes a system call on a thread of its own, because nothing else can end a call that blocks: a socket that is shared
// with other threads and processes must not become non-blocking, and a signal would cut a long send. Fails with EINTR
// soon after the environment was told to end.
ssize_t CallOnOwnThread(const Environment* environment, ssize_t (*system_call)(void*), void* argument);

template <typename SystemCall>
ssize_t CallOnOwnThread(const Environment* environment, SystemCall system_call) {
  auto run = [](void* argument) -> ssize_t { return (*static_cast<SystemCall*>(argument))(); };
  return CallOnOwnThread(environment, run, &system_call);
}

// Makes `system_call()` so that it does not keep a worker thread from ending.
template <typename SystemCall>
ssize_t BlockingCall(const Environment* environment, int fd, SystemCall system_call) {
  return MayBlock(environment, fd) ? CallOnOwnThread(environment, system_call) : system_call();
}

#endif  // TRIPOLL_BLOCKING_CALL_H_
