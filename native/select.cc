#include "call.h"

#include <sys/select.h>

#include <climits>
#include <cmath>

namespace {

constexpr size_t kBitsPerWord = sizeof(unsigned long) * CHAR_BIT;
// 292 years: the longest timeout whose nanoseconds fit into 64 bits.
constexpr double kMaxTimeoutUs = 9223372036854775.0;

// select(nfds, readfds, writefds, exceptfds, timeoutUs): the bitmaps may have any size, because FD_SETSIZE is a limit
// of glibc's fd_set and not of the system call. The kernel reads and writes whole words of them.
Napi::Value Select(const Napi::CallbackInfo& info) {
  Call call(info);
  int nfds = call.Int(0, "nfds", 0);
  double timeout_us = call.Number(4, "timeoutUs");
  if (timeout_us > kMaxTimeoutUs) call.ThrowRange("timeoutUs", "at most 9223372036854775");
  size_t bytes = (static_cast<size_t>(nfds) + kBitsPerWord - 1) / kBitsPerWord * sizeof(unsigned long);
  Bytes read = call.OptionalBuffer(1, "readfds", bytes);
  Bytes write = call.OptionalBuffer(2, "writefds", bytes);
  Bytes except = call.OptionalBuffer(3, "exceptfds", bytes);
  if (!call.ok()) return call.Failed();

  struct timeval timeout = {};
  if (timeout_us > 0) {
    timeout.tv_sec = static_cast<time_t>(timeout_us / 1e6);
    timeout.tv_usec = static_cast<suseconds_t>(std::fmod(timeout_us, 1e6));
  }
  return call.Result(::select(nfds, reinterpret_cast<fd_set*>(read.data), reinterpret_cast<fd_set*>(write.data),
                              reinterpret_cast<fd_set*>(except.data), timeout_us < 0 ? nullptr : &timeout));
}

}  // namespace

void RegisterSelect(Napi::Object exports) {
  Export<Select>(exports, "select");
}
