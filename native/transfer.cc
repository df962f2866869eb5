#include "call.h"
#include "blocking_call.h"

#include <limits.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>

namespace {

#ifndef MSG_ZEROCOPY
#define MSG_ZEROCOPY 0x4000000
#endif

// With MSG_ZEROCOPY the kernel reads the buffer after the call has returned, when JavaScript may have freed it.
bool OutlivesCall(int flags) {
  return (flags & MSG_ZEROCOPY) != 0;
}

Napi::Value NotSupported(const Call& call) {
  errno = EOPNOTSUPP;
  return call.Result(-1);
}

// Calls `receive(flags)`, which may block. When there is something to receive, no thread is needed.
template <typename Receive>
ssize_t BlockingReceive(const Call& call, int fd, int flags, Receive receive) {
  const Environment* environment = call.environment();
  if ((flags & MSG_DONTWAIT) != 0 || !MayBlock(environment, fd)) return receive(flags);
  struct pollfd entry = {fd, POLLIN, 0};
  if ((flags & MSG_WAITALL) == 0 && ::poll(&entry, 1, 0) == 1) {
    ssize_t count = receive(flags | MSG_DONTWAIT);
    if (count != -1 || errno != EAGAIN) return count;
  }
  return CallOnOwnThread(environment, [&] { return receive(flags); });
}

// Calls `send(offset, flags)`, which may block, for `length` bytes in all. When the kernel has room for all bytes, no
// thread is needed.
template <typename Send>
ssize_t BlockingSend(const Call& call, int fd, int flags, size_t length, Send send) {
  const Environment* environment = call.environment();
  if ((flags & MSG_DONTWAIT) != 0 || !MayBlock(environment, fd)) return send(0, flags);
  ssize_t sent = send(0, flags | MSG_DONTWAIT);
  if (sent == -1 && errno == EAGAIN) sent = 0;
  else if (sent == -1 || static_cast<size_t>(sent) == length) return sent;
  ssize_t rest = CallOnOwnThread(environment, [&] { return send(static_cast<size_t>(sent), flags); });
  return rest == -1 && sent > 0 ? sent : sent + rest;
}

Napi::Value Recv(const Napi::CallbackInfo& info) {
  Call call(info);
  int fd = call.Int(0, "fd");
  int flags = call.Int(4, "flags");
  Bytes bytes = call.Slice(1);
  if (!call.ok()) return call.Failed();
  return call.Result(BlockingReceive(
      call, fd, flags, [&](int some_flags) { return ::recv(fd, bytes.data, bytes.length, some_flags); }));
}

// MSG_NOSIGNAL is always added: Node ignores SIGPIPE, but a program that embeds Node may not.
Napi::Value Send(const Napi::CallbackInfo& info) {
  Call call(info);
  int fd = call.Int(0, "fd");
  int flags = call.Int(4, "flags");
  Bytes bytes = call.Slice(1);
  if (!call.ok()) return call.Failed();
  if (OutlivesCall(flags)) return NotSupported(call);
  return call.Result(BlockingSend(call, fd, flags, bytes.length, [&](size_t from, int some_flags) {
    return ::send(fd, bytes.data + from, bytes.length - from, some_flags | MSG_NOSIGNAL);
  }));
}

// recvfrom(fd, buffer, offset, length, flags, address, addressLength)
Napi::Value Recvfrom(const Napi::CallbackInfo& info) {
  Call call(info);
  int fd = call.Int(0, "fd");
  int flags = call.Int(4, "flags");
  Bytes bytes = call.Slice(1);
  Bytes address = call.Buffer(5, "address");
  int32_t* length_out = call.Int32s(6, "addressLength", 1);
  if (!call.ok()) return call.Failed();
  socklen_t length = static_cast<socklen_t>(address.length);
  ssize_t count = BlockingReceive(call, fd, flags, [&](int some_flags) {
    return ::recvfrom(fd, bytes.data, bytes.length, some_flags, reinterpret_cast<struct sockaddr*>(address.data),
                      &length);
  });
  if (count >= 0) *length_out = static_cast<int32_t>(length);
  return call.Result(count);
}

// sendto(fd, buffer, offset, length, flags, address, addressLength)
Napi::Value Sendto(const Napi::CallbackInfo& info) {
  Call call(info);
  int fd = call.Int(0, "fd");
  int flags = call.Int(4, "flags");
  int address_length = call.Int(6, "addressLength", 0);
  Bytes bytes = call.Slice(1);
  Bytes address = call.Buffer(5, "address", static_cast<size_t>(address_length));
  if (!call.ok()) return call.Failed();
  if (OutlivesCall(flags)) return NotSupported(call);
  return call.Result(BlockingSend(call, fd, flags, bytes.length, [&](size_t from, int some_flags) {
    return ::sendto(fd, bytes.data + from, bytes.length - from, some_flags | MSG_NOSIGNAL,
                    reinterpret_cast<const struct sockaddr*>(address.data), static_cast<socklen_t>(address_length));
  }));
}

// The buffers of a sendmsg or recvmsg. Reading an element may run JavaScript (a getter, a proxy), which could
// invalidate a pointer, so all elements are read before the first pointer.
class Vector {
 public:
  bool Read(Call* call, Napi::Value list) {
    napi_env env = call->env();
    bool is_array = false;
    if (napi_is_array(env, list, &is_array) != napi_ok || !is_array) {
      call->ThrowType("buffers", "an array of Uint8Array");
      return false;
    }
    uint32_t length = 0;
    napi_get_array_length(env, list, &length);
    if (length > IOV_MAX) {
      call->ThrowRange("buffers", "at most IOV_MAX (1024) long");
      return false;
    }
    napi_value elements[IOV_MAX];
    for (uint32_t i = 0; i < length; i++) {
      if (napi_get_element(env, list, i, &elements[i]) != napi_ok) return false;
    }
    for (uint32_t i = 0; i < length; i++) {
      // Node-API does not set the type when it does not support the class of an array, such as Float16Array.
      napi_typedarray_type type = napi_float64_array;
      size_t size = 0;
      void* data = nullptr;
      if (napi_get_typedarray_info(env, elements[i], &type, &size, &data, nullptr, nullptr) != napi_ok ||
          (type != napi_uint8_array && type != napi_uint8_clamped_array)) {
        call->ThrowType("buffers", "an array of Uint8Array");
        return false;
      }
      iov_[i] = {size == 0 ? nullptr : data, size};
    }
    count_ = length;
    return true;
  }

  void Attach(struct msghdr* message) {
    message->msg_iov = iov_;
    message->msg_iovlen = count_;
  }

 private:
  struct iovec iov_[IOV_MAX];
  size_t count_ = 0;
};

// sendmsg(fd, buffers, control, flags, address, addressLength): `control` contains struct cmsghdr records.
Napi::Value Sendmsg(const Napi::CallbackInfo& info) {
  Call call(info);
  int fd = call.Int(0, "fd");
  int flags = call.Int(3, "flags");
  int address_length = call.IsNull(4) ? 0 : call.Int(5, "addressLength", 0);
  Vector vector;
  if (!call.ok() || !vector.Read(&call, info[1])) return call.Failed();
  Bytes control = call.OptionalBuffer(2, "control");
  Bytes address = call.OptionalBuffer(4, "address", static_cast<size_t>(address_length));
  if (!call.ok()) return call.Failed();
  if (OutlivesCall(flags)) return NotSupported(call);

  struct msghdr message = {};
  vector.Attach(&message);
  message.msg_control = control.data;
  message.msg_controllen = control.length;
  message.msg_name = address_length == 0 ? nullptr : address.data;
  message.msg_namelen = static_cast<socklen_t>(address_length);
  auto send = [&] { return ::sendmsg(fd, &message, flags | MSG_NOSIGNAL); };
  return call.Result((flags & MSG_DONTWAIT) != 0 ? send() : BlockingCall(call.environment(), fd, send));
}

// The environment owns the fds that came with a message. The records are copied because a buffer of JavaScript may have
// any alignment.
void OwnReceivedFds(Environment* environment, const uint8_t* control, size_t length) {
  for (size_t at = 0; length - at >= sizeof(struct cmsghdr);) {
    struct cmsghdr record;
    memcpy(&record, control + at, sizeof record);
    if (record.cmsg_len < CMSG_LEN(0) || record.cmsg_len > length - at) return;
    if (record.cmsg_level == SOL_SOCKET && record.cmsg_type == SCM_RIGHTS) {
      for (size_t i = at + CMSG_LEN(0); i + sizeof(int) <= at + record.cmsg_len; i += sizeof(int)) {
        int fd;
        memcpy(&fd, control + i, sizeof fd);
        environment->Own(fd);
      }
    }
    at += std::min(length - at, CMSG_ALIGN(record.cmsg_len));
  }
}

// recvmsg(fd, buffers, control, flags, address, out): out[0] becomes the control length, out[1] the message flags,
// out[2] the address length. MSG_CMSG_CLOEXEC is always added: a received fd must not leak into a child process.
Napi::Value Recvmsg(const Napi::CallbackInfo& info) {
  Call call(info);
  int fd = call.Int(0, "fd");
  int flags = call.Int(3, "flags");
  Vector vector;
  if (!call.ok() || !vector.Read(&call, info[1])) return call.Failed();
  Bytes control = call.OptionalBuffer(2, "control");
  Bytes address = call.OptionalBuffer(4, "address");
  int32_t* out = call.Int32s(5, "out", 3);
  if (!call.ok()) return call.Failed();

  struct msghdr message = {};
  vector.Attach(&message);
  message.msg_control = control.data;
  message.msg_controllen = control.length;
  message.msg_name = address.data;
  message.msg_namelen = static_cast<socklen_t>(address.length);
  const struct msghdr empty = message;
  ssize_t count = BlockingReceive(call, fd, flags, [&](int some_flags) {
    message = empty;
    return ::recvmsg(fd, &message, some_flags | MSG_CMSG_CLOEXEC);
  });
  if (count >= 0) {
    OwnReceivedFds(call.environment(), control.data, message.msg_controllen);
    out[0] = static_cast<int32_t>(message.msg_controllen);
    out[1] = message.msg_flags;
    out[2] = static_cast<int32_t>(message.msg_namelen);
  }
  return call.Result(count);
}

// An integer from 0 to Number.MAX_SAFE_INTEGER.
bool IsSafeCount(double value) {
  return value == std::trunc(value) && value >= 0 && value <= 9007199254740991.0;
}

// sendfile(outFd, inFd, offset, count)
Napi::Value Sendfile(const Napi::CallbackInfo& info) {
  Call call(info);
  int out = call.Int(0, "outFd");
  int in = call.Int(1, "inFd");
  double offset = call.Number(2, "offset");
  double count = call.Number(3, "count");
  if (!IsSafeCount(offset)) call.ThrowRange("offset", "a file offset");
  if (!IsSafeCount(count)) call.ThrowRange("count", "a number of bytes");
  if (!call.ok()) return call.Failed();
  off_t position = static_cast<off_t>(offset);
  return call.Result(BlockingCall(call.environment(), out, [&] {
    return ::sendfile(out, in, &position, static_cast<size_t>(count));
  }));
}

}  // namespace

void RegisterTransfer(Napi::Object exports) {
  Export<Recv>(exports, "recv");
  Export<Send>(exports, "send");
  Export<Recvfrom>(exports, "recvfrom");
  Export<Sendto>(exports, "sendto");
  Export<Sendmsg>(exports, "sendmsg");
  Export<Recvmsg>(exports, "recvmsg");
  Export<Sendfile>(exports, "sendfile");
}
