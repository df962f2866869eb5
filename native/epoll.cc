#include "call.h"
#include "slices.h"

#include <sys/epoll.h>

namespace {

Napi::Value EpollCreate1(const Napi::CallbackInfo& info) {
  Call call(info);
  int flags = call.Int(0, "flags");
  if (!call.ok()) return call.Failed();
  return call.FdResult(::epoll_create1(flags));
}

// epollCtl(epfd, op, fd, events, dataLow, dataHigh): each event of the fd carries the two data words.
Napi::Value EpollCtl(const Napi::CallbackInfo& info) {
  Call call(info);
  int epfd = call.Int(0, "epfd");
  int op = call.Int(1, "op");
  int fd = call.Int(2, "fd");
  struct epoll_event event = {};
  event.events = call.Mask(3, "events");
  uint64_t low = call.Mask(4, "dataLow");
  uint64_t high = call.Mask(5, "dataHigh");
  if (!call.ok()) return call.Failed();
  event.data.u64 = high << 32 | low;
  return call.Result(::epoll_ctl(epfd, op, fd, &event));
}

// epollWait(epfd, events, maxevents, timeoutMs) writes up to `maxevents` struct epoll_event into `events`.
Napi::Value EpollWait(const Napi::CallbackInfo& info) {
  Call call(info);
  int epfd = call.Int(0, "epfd");
  int maxevents = call.Int(2, "maxevents");
  int timeout_ms = call.Int(3, "timeoutMs");
  size_t bytes = maxevents > 0 ? static_cast<size_t>(maxevents) * sizeof(struct epoll_event) : 0;
  Bytes events = call.Buffer(1, "events", bytes);
  if (!call.ok()) return call.Failed();
  return call.Result(WaitInSlices(call.env(), TimeoutUs(timeout_ms), [&](int64_t timeout_us) {
    return ::epoll_wait(epfd, reinterpret_cast<struct epoll_event*>(events.data), maxevents, TimeoutMs(timeout_us));
  }));
}

}  // namespace

void RegisterEpoll(Napi::Object exports) {
  Export<EpollCreate1>(exports, "epollCreate1");
  Export<EpollCtl>(exports, "epollCtl");
  Export<EpollWait>(exports, "epollWait");
}
