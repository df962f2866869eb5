#include "call.h"
#include "slices.h"

#include <sys/select.h>

#include <cerrno>
#include <climits>
#include <cmath>
#include <cstring>
#include <memory>
#include <new>

namespace {

constexpr size_t kBitsPerWord = sizeof(unsigned long) * CHAR_BIT;
// 292 years: the longest timeout whose nanoseconds fit into 64 bits.
constexpr double kMaxTimeoutUs = 9223372036854775.0;

// The three sets of one call. The call overwrites them, so a call that is made again needs them as they were.
class FdSets {
 public:
  FdSets(Bytes read, Bytes write, Bytes except, size_t length) : sets_{read, write, except}, length_(length) {}

  fd_set* at(size_t index) const { return reinterpret_cast<fd_set*>(sets_[index].data); }

  // Returns false when there is no memory for a copy.
  bool SaveOrRestore() {
    const bool restores = saved_ != nullptr;
    if (!restores) saved_.reset(new (std::nothrow) uint8_t[kCount * length_]);
    if (saved_ == nullptr) return false;
    for (size_t i = 0; i < kCount; i++) {
      if (sets_[i].data == nullptr) continue;
      uint8_t* copy = saved_.get() + i * length_;
      if (restores) memcpy(sets_[i].data, copy, length_);
      else memcpy(copy, sets_[i].data, length_);
    }
    return true;
  }

 private:
  static constexpr size_t kCount = 3;
  const Bytes sets_[kCount];
  const size_t length_;
  std::unique_ptr<uint8_t[]> saved_;
};

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

  const int64_t whole_us = timeout_us < 0 ? -1 : static_cast<int64_t>(timeout_us);
  FdSets sets(read, write, except, bytes);
  return call.Result(WaitInSlices(call.env(), whole_us, [&](int64_t slice_us) {
    if (slice_us != whole_us && !sets.SaveOrRestore()) {
      errno = ENOMEM;
      return -1;
    }
    struct timeval timeout = {};
    if (slice_us > 0) {
      timeout.tv_sec = static_cast<time_t>(slice_us / 1'000'000);
      timeout.tv_usec = static_cast<suseconds_t>(slice_us % 1'000'000);
    }
    return ::select(nfds, sets.at(0), sets.at(1), sets.at(2), slice_us < 0 ? nullptr : &timeout);
  }));
}

}  // namespace

void RegisterSelect(Napi::Object exports) {
  Export<Select>(exports, "select");
}
