#ifndef TRIPOLL_CALL_H_
#define TRIPOLL_CALL_H_

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "environment.h"

// A view into a JavaScript buffer. It is valid only until JavaScript runs again, so read it as the last argument.
struct Bytes {
  uint8_t* data = nullptr;
  size_t length = 0;
};

// Reads the arguments of one call. It never runs JavaScript, because it checks types and does not convert values. After
// a wrong argument a JavaScript exception is pending and `ok` is false; the caller must then return.
class Call {
 public:
  explicit Call(const Napi::CallbackInfo& info) : info_(info) {}

  bool ok() const { return ok_; }
  Napi::Env env() const { return info_.Env(); }

  int32_t Int(size_t index, const char* name, int32_t minimum = INT32_MIN, int32_t maximum = INT32_MAX);
  // A mask of 32 bits. The number may be signed or unsigned: EPOLLET is 2147483648, but `1 << 31` is negative.
  uint32_t Mask(size_t index, const char* name);
  double Number(size_t index, const char* name);
  Bytes Buffer(size_t index, const char* name, size_t minimum = 0);
  Bytes OptionalBuffer(size_t index, const char* name, size_t minimum = 0);
  // A part of the buffer at `index`. The next two arguments are its offset and its length in bytes.
  Bytes Slice(size_t index);
  // An Int32Array of at least `minimum` elements.
  int32_t* Int32s(size_t index, const char* name, size_t minimum);
  std::string Text(size_t index, const char* name);
  bool IsNull(size_t index) const;

  // The value to return when `ok` is false.
  Napi::Value Failed() const { return env().Undefined(); }
  // The result of a system call, or -errno when the result is -1. It reads errno before it calls anything else.
  Napi::Value Result(int64_t value) const;
  // The same for a new fd, which the environment owns from now on. The fd is closed again when JavaScript cannot receive
  // the number.
  Napi::Value FdResult(int fd) const;
  // The same for a call that made two fds (0) or failed (-1): writes the fds to `out`.
  Napi::Value PairResult(int result, const int (&fds)[2], int32_t* out) const;
  Environment* environment() const { return Environment::Of(env()); }

  void ThrowType(const char* name, const char* expected);
  void ThrowRange(const char* name, const char* expected);

 private:
  bool View(size_t index, const char* name, Bytes* bytes, napi_typedarray_type* type);

  const Napi::CallbackInfo& info_;
  bool ok_ = true;
};

template <Napi::Value (*function)(const Napi::CallbackInfo&)>
void Export(Napi::Object exports, const char* name) {
  exports.Set(name, Napi::Function::New<function>(exports.Env(), name));
}

void RegisterConstants(Napi::Object exports);
void RegisterSelect(Napi::Object exports);
void RegisterPoll(Napi::Object exports);
void RegisterEpoll(Napi::Object exports);
void RegisterSocket(Napi::Object exports);
void RegisterSockopt(Napi::Object exports);
void RegisterTransfer(Napi::Object exports);
void RegisterBatch(Napi::Object exports);
void RegisterFd(Napi::Object exports);
void RegisterNames(Napi::Object exports);
void RegisterNodeLoop(Napi::Object exports);

#endif  // TRIPOLL_CALL_H_
