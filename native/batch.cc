#include "call.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace {

int32_t Outcome(ssize_t value) {
  return value == -1 ? -errno : static_cast<int32_t>(value);
}

// recvEach(fds, count, buffer, maxBytes, results) makes one recv of up to `maxBytes` bytes for each fd, without waiting,
// and stores the bytes of all fds one after the other in `buffer`. It stops early when the buffer has no room for
// `maxBytes` more bytes. results[i] becomes the result of the recv of fds[i], or -errno. Returns the number of fds for
// which it called recv.
Napi::Value RecvEach(const Napi::CallbackInfo& info) {
  Call call(info);
  int32_t count = call.Int(1, "count", 0);
  int32_t max_bytes = call.Int(3, "maxBytes", 1);
  int32_t* fds = call.Int32s(0, "fds", static_cast<size_t>(count));
  Bytes bytes = call.Buffer(2, "buffer");
  int32_t* results = call.Int32s(4, "results", static_cast<size_t>(count));
  if (!call.ok()) return call.Failed();
  size_t used = 0;
  int32_t served = 0;
  for (; served < count && bytes.length - used >= static_cast<size_t>(max_bytes); served++) {
    ssize_t received = ::recv(fds[served], bytes.data + used, static_cast<size_t>(max_bytes), MSG_DONTWAIT);
    results[served] = Outcome(received);
    if (received > 0) used += static_cast<size_t>(received);
  }
  return call.Result(served);
}

// sendEach(fds, count, buffer, ends, results) makes one send for each fd, without waiting and without SIGPIPE: the
// bytes from ends[i - 1] to ends[i] go to fds[i]. results[i] becomes the result of that send, or -errno. Returns `count`.
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
    // Each end is read only once, because other threads and the other arrays may share the memory.
    int32_t to = ends[i];
    if (to < from || static_cast<size_t>(to) > bytes.length) {
      call.ThrowRange("ends", "rising offsets within the buffer");
      return call.Failed();
    }
    size_t length = static_cast<size_t>(to - from);
    results[i] = Outcome(::send(fds[i], bytes.data + from, length, MSG_DONTWAIT | MSG_NOSIGNAL));
    from = to;
  }
  return call.Result(count);
}

// findEach(buffer, from, to, needle, positions) searches the bytes from `from` to `to` for `needle`, and writes the
// offset of each match into `positions`, until that array is full. The matches do not overlap. Returns the number of
// matches.
Napi::Value FindEach(const Napi::CallbackInfo& info) {
  Call call(info);
  int32_t from = call.Int(1, "from", 0);
  int32_t to = call.Int(2, "to", from);
  Bytes bytes = call.Buffer(0, "buffer", static_cast<size_t>(to));
  Bytes needle = call.Buffer(3, "needle", 1);
  Bytes room = call.Buffer(4, "positions");
  int32_t* positions = call.Int32s(4, "positions", 0);
  if (!call.ok()) return call.Failed();
  const int32_t max_matches = static_cast<int32_t>(std::min<size_t>(room.length / sizeof(int32_t), INT32_MAX));
  int32_t count = 0;
  const uint8_t* at = bytes.data + from;
  const uint8_t* const end = bytes.data + to;
  while (count < max_matches) {
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
