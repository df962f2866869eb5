#ifndef TRIPOLL_SLICES_H_
#define TRIPOLL_SLICES_H_

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <ctime>

#include "environment.h"

// worker.terminate() promises an end within 100 ms.
constexpr int64_t kSliceUs = 50'000;

inline int64_t MonotonicUs() {
  struct timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
}

// Between the timeouts of poll(2) and epoll_wait(2) and microseconds. -1 waits for ever; a part of a millisecond counts as
// a whole one.
inline int64_t TimeoutUs(int timeout_ms) {
  return timeout_ms < 0 ? -1 : static_cast<int64_t>(timeout_ms) * 1000;
}
inline int TimeoutMs(int64_t timeout_us) {
  return timeout_us < 0 ? -1 : static_cast<int>((timeout_us + 999) / 1000);
}

// Makes a system call that waits: `wait(timeoutUs)`, where a negative timeout waits for ever. In a worker thread a long
// wait becomes several short ones, and fails with EINTR soon after the thread was told to end.
template <typename Wait>
int WaitInSlices(napi_env env, int64_t timeout_us, Wait wait) {
  if (timeout_us >= 0 && timeout_us <= kSliceUs) return wait(timeout_us);
  const Environment* environment = Environment::Of(env);
  if (!environment->EndsBeforeProcess()) return wait(timeout_us);
  const int64_t start_us = MonotonicUs();
  for (;;) {
    if (environment->IsEnding()) {
      errno = EINTR;
      return -1;
    }
    int64_t remaining_us = INT64_MAX;
    if (timeout_us >= 0) remaining_us = std::max<int64_t>(0, timeout_us - (MonotonicUs() - start_us));
    int result = wait(std::min(remaining_us, kSliceUs));
    if (result != 0 || remaining_us <= kSliceUs) return result;
  }
}

#endif  // TRIPOLL_SLICES_H_
