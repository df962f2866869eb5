#include "call.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace {

int32_t Outcome(ssize_t value) {
  return value == -1 ? -errno : static_cast<int32_t>(value);
}

// recvEach(fds, count, buffer, most, results) -> how many fds were served. Each gets one recv of up to `most` bytes,
// which are put behind those of the one before; it ends early where the buffer has no room for `most` more. results[i]
// is what recv of fds[i] gave, or -errno.
Napi::Value RecvEach(const Napi::CallbackInfo& info) {
  Call call(info);
  int32_t count = call.Int(1, "count", 0);
  int32_t most = call.Int(3, "most", 1);
  int32_t* fds = call.Int32s(0, "fds", static_cast<size_t>(count));
  Bytes bytes = call.Buffer(2, "buffer");
  int32_t* results = call.Int32s(4, "results", static_cast<size_t>(count));
  if (!call.ok()) return call.Failed();
  size_t used = 0;
  int32_t served = 0;
  for (; served < count && bytes.length - used >= static_cast<size_t>(most); served++) {
    ssize_t received = ::recv(fds[served], bytes.data + used, static_cast<size_t>(most), 0);
    results[served] = Outcome(received);
    if (received > 0) used += static_cast<size_t>(received);
  }
  return call.Result(served);
}

// sendEach(fds, count, buffer, ends, results) -> count. fds[i] is sent the bytes from ends[i - 1] to ends[i], in one send
// without SIGPIPE; results[i] is what that gave, or -errno.
Napi::Value SendEach(const Napi::CallbackInfo& info) {
  Call call(info);
  int32_t count = call.Int(1, "count", 0);
  int32_t* fds = call.Int32s(0, "fds", static_cast<size_t>(count));
  Bytes bytes = call.Buffer(2, "buffer");
  int32_t* ends = call.Int32s(3, "ends", static_cast<size_t>(count));
  int32_t* results = call.Int32s(4, "results", static_cast<size_t>(count));
  if (!call.ok()) return call.Failed();
  int32_t from = 0;
  for (int32_t i = 0; i < count; i++) {
    // Read once: the arrays may share their memory, with each other and with other threads.
    int32_t to = ends[i];
    if (to < from || static_cast<size_t>(to) > bytes.length) {
      call.ThrowRange("ends", "rising offsets within the buffer");
      return call.Failed();
    }
    results[i] = Outcome(::send(fds[i], bytes.data + from, static_cast<size_t>(to - from), MSG_NOSIGNAL));
    from = to;
  }
  return call.Result(count);
}

// findEach(buffer, from, to, needle, positions) -> how many were found: the offsets at which `needle` stands from `from` to
// `to`, one behind the other, as many as `positions` has room for.
Napi::Value FindEach(const Napi::CallbackInfo& info) {
  Call call(info);
  int32_t from = call.Int(1, "from", 0);
  int32_t to = call.Int(2, "to", from);
  Bytes bytes = call.Buffer(0, "buffer", static_cast<size_t>(to));
  Bytes needle = call.Buffer(3, "needle", 1);
  Bytes room = call.Buffer(4, "positions");
  int32_t* positions = call.Int32s(4, "positions", 0);
  if (!call.ok()) return call.Failed();
  const int32_t most = static_cast<int32_t>(std::min<size_t>(room.length / sizeof(int32_t), INT32_MAX));
  int32_t count = 0;
  const uint8_t* at = bytes.data + from;
  const uint8_t* const end = bytes.data + to;
  while (count < most) {
    const void* found = memmem(at, static_cast<size_t>(end - at), needle.data, needle.length);
    if (found == nullptr) break;
    at = static_cast<const uint8_t*>(found);
    positions[count++] = static_cast<int32_t>(at - bytes.data);
    at += needle.length;
  }
  return call.Result(count);
}

}  // namespace

void RegisterBatch(Napi::Object exports) {
  Export<RecvEach>(exports, "recvEach");
  Export<SendEach>(exports, "sendEach");
  Export<FindEach>(exports, "findEach");
}
