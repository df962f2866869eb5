#include "call.h"
#include "slices.h"

#include <poll.h>

namespace {

// poll(table, nfds, timeoutMs): `table` is `nfds` struct pollfd; the kernel writes revents in place.
Napi::Value Poll(const Napi::CallbackInfo& info) {
  Call call(info);
  int nfds = call.Int(1, "nfds", 0);
  int timeout_ms = call.Int(2, "timeoutMs");
  Bytes table = call.Buffer(0, "table", static_cast<size_t>(nfds) * sizeof(struct pollfd));
  if (!call.ok()) return call.Failed();
  return call.Result(WaitInSlices(call.env(), TimeoutUs(timeout_ms), [&](int64_t timeout_us) {
    return ::poll(reinterpret_cast<struct pollfd*>(table.data), static_cast<nfds_t>(nfds), TimeoutMs(timeout_us));
  }));
}

}  // namespace

void RegisterPoll(Napi::Object exports) {
  Export<Poll>(exports, "poll");
}
