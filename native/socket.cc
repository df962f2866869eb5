#include "call.h"
#include "blocking_call.h"

#include <sys/socket.h>

#include <algorithm>

namespace {

Napi::Value Socket(const Napi::CallbackInfo& info) {
  Call call(info);
  int domain = call.Int(0, "domain");
  int type = call.Int(1, "type");
  int protocol = call.Int(2, "protocol");
  if (!call.ok()) return call.Failed();
  return call.FdResult(::socket(domain, type, protocol));
}

// socketpair(domain, type, protocol, fds) writes the two ends into fds[0] and fds[1].
Napi::Value Socketpair(const Napi::CallbackInfo& info) {
  Call call(info);
  int domain = call.Int(0, "domain");
  int type = call.Int(1, "type");
  int protocol = call.Int(2, "protocol");
  int32_t* fds = call.Int32s(3, "fds", 2);
  if (!call.ok()) return call.Failed();
  int pair[2];
  return call.PairResult(::socketpair(domain, type, protocol, pair), pair, fds);
}

// (fd, address, addressLength): the first addressLength bytes of `address` are a struct sockaddr.
template <int (*function)(int, const struct sockaddr*, socklen_t), bool may_block>
Napi::Value WithAddress(const Napi::CallbackInfo& info) {
  Call call(info);
  int fd = call.Int(0, "fd");
  int length = call.Int(2, "addressLength", 0);
  Bytes address = call.Buffer(1, "address", static_cast<size_t>(length));
  if (!call.ok()) return call.Failed();
  auto run = [&]() -> ssize_t {
    return function(fd, reinterpret_cast<const struct sockaddr*>(address.data), static_cast<socklen_t>(length));
  };
  return call.Result(may_block ? BlockingCall(call.environment(), fd, run) : run());
}

// (fd, address, addressLength): writes a struct sockaddr into `address`, and its full length into addressLength[0].
template <int (*function)(int, struct sockaddr*, socklen_t*)>
Napi::Value IntoAddress(const Napi::CallbackInfo& info) {
  Call call(info);
  int fd = call.Int(0, "fd");
  Bytes address = call.Buffer(1, "address");
  int32_t* length_out = call.Int32s(2, "addressLength", 1);
  if (!call.ok()) return call.Failed();
  socklen_t length = static_cast<socklen_t>(address.length);
  int result = function(fd, reinterpret_cast<struct sockaddr*>(address.data), &length);
  if (result == 0) *length_out = static_cast<int32_t>(length);
  return call.Result(result);
}

Napi::Value Accept4(const Napi::CallbackInfo& info) {
  Call call(info);
  int fd = call.Int(0, "fd");
  int flags = call.Int(3, "flags");
  Bytes address = call.OptionalBuffer(1, "address");
  int32_t* length_out = address.data == nullptr ? nullptr : call.Int32s(2, "addressLength", 1);
  if (!call.ok()) return call.Failed();
  socklen_t length = static_cast<socklen_t>(address.length);
  int accepted = static_cast<int>(BlockingCall(call.environment(), fd, [&]() -> ssize_t {
    return ::accept4(fd, reinterpret_cast<struct sockaddr*>(address.data), address.data == nullptr ? nullptr : &length,
                     flags);
  }));
  if (accepted >= 0 && length_out != nullptr) *length_out = static_cast<int32_t>(length);
  return call.FdResult(accepted);
}

Napi::Value Listen(const Napi::CallbackInfo& info) {
  Call call(info);
  int fd = call.Int(0, "fd");
  int backlog = call.Int(1, "backlog");
  if (!call.ok()) return call.Failed();
  return call.Result(::listen(fd, backlog));
}

Napi::Value Shutdown(const Napi::CallbackInfo& info) {
  Call call(info);
  int fd = call.Int(0, "fd");
  int how = call.Int(1, "how");
  if (!call.ok()) return call.Failed();
  return call.Result(::shutdown(fd, how));
}

}  // namespace

void RegisterSocket(Napi::Object exports) {
  Export<Socket>(exports, "socket");
  Export<Socketpair>(exports, "socketpair");
  Export<WithAddress<::bind, false>>(exports, "bind");
  Export<WithAddress<::connect, true>>(exports, "connect");
  Export<IntoAddress<::getsockname>>(exports, "getsockname");
  Export<IntoAddress<::getpeername>>(exports, "getpeername");
  Export<Accept4>(exports, "accept4");
  Export<Listen>(exports, "listen");
  Export<Shutdown>(exports, "shutdown");
}
