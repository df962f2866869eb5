#include "call.h"
#include "unique_fd.h"

#include <cerrno>
#include <cmath>
#include <cstdio>

namespace {

// Node-API does not set the type when it does not support the class of an array, such as Float16Array. 15 is the
// largest value of the enum's underlying bits, and no type has it.
constexpr napi_typedarray_type kUnknownType = static_cast<napi_typedarray_type>(15);

// The bytes of an element; 0 for an unknown type.
size_t ElementSize(napi_typedarray_type type) {
  switch (type) {
    case napi_int8_array:
    case napi_uint8_array:
    case napi_uint8_clamped_array:
      return 1;
    case napi_int16_array:
    case napi_uint16_array:
      return 2;
    case napi_int32_array:
    case napi_uint32_array:
    case napi_float32_array:
      return 4;
    case napi_float64_array:
    case napi_bigint64_array:
    case napi_biguint64_array:
      return 8;
    default:
      return 0;
  }
}

}  // namespace

void Call::ThrowType(const char* name, const char* expected) {
  if (!ok_) return;
  ok_ = false;
  char message[160];
  snprintf(message, sizeof message, "%s must be %s", name, expected);
  napi_throw_type_error(env(), "ERR_INVALID_ARG_TYPE", message);
}

void Call::ThrowRange(const char* name, const char* expected) {
  if (!ok_) return;
  ok_ = false;
  char message[160];
  snprintf(message, sizeof message, "%s must be %s", name, expected);
  napi_throw_range_error(env(), "ERR_OUT_OF_RANGE", message);
}

double Call::Number(size_t index, const char* name) {
  double value = 0;
  if (napi_get_value_double(env(), info_[index], &value) != napi_ok || std::isnan(value)) {
    ThrowType(name, "a number");
    return 0;
  }
  return value;
}

int32_t Call::Int(size_t index, const char* name, int32_t minimum, int32_t maximum) {
  double value = 0;
  if (napi_get_value_double(env(), info_[index], &value) != napi_ok || value != std::trunc(value)) {
    ThrowType(name, "an integer");
    return 0;
  }
  if (value < minimum || value > maximum) {
    char expected[64];
    snprintf(expected, sizeof expected, "from %d to %d", minimum, maximum);
    ThrowRange(name, expected);
    return 0;
  }
  return static_cast<int32_t>(value);
}

uint32_t Call::Mask(size_t index, const char* name) {
  double value = 0;
  if (napi_get_value_double(env(), info_[index], &value) != napi_ok || value != std::trunc(value)) {
    ThrowType(name, "an integer");
    return 0;
  }
  if (value < INT32_MIN || value > UINT32_MAX) {
    ThrowRange(name, "a mask of 32 bits");
    return 0;
  }
  return static_cast<uint32_t>(static_cast<int64_t>(value));
}

bool Call::View(size_t index, const char* name, Bytes* bytes, napi_typedarray_type* type) {
  size_t elements = 0;
  void* data = nullptr;
  *type = kUnknownType;
  if (napi_get_typedarray_info(env(), info_[index], type, &elements, &data, nullptr, nullptr) != napi_ok ||
      ElementSize(*type) == 0) {
    ThrowType(name, "a typed array");
    return false;
  }
  // A detached or out-of-bounds view has length 0 and an invalid pointer.
  bytes->length = elements * ElementSize(*type);
  bytes->data = bytes->length == 0 ? nullptr : static_cast<uint8_t*>(data);
  return true;
}

Bytes Call::Buffer(size_t index, const char* name, size_t minimum) {
  Bytes bytes;
  napi_typedarray_type type;
  if (!ok_ || !View(index, name, &bytes, &type)) return {};
  if (bytes.length < minimum) {
    char expected[64];
    snprintf(expected, sizeof expected, "at least %zu bytes long", minimum);
    ThrowRange(name, expected);
    return {};
  }
  return bytes;
}

bool Call::IsNull(size_t index) const {
  return info_[index].IsNull() || info_[index].IsUndefined();
}

Bytes Call::OptionalBuffer(size_t index, const char* name, size_t minimum) {
  return IsNull(index) ? Bytes{} : Buffer(index, name, minimum);
}

Bytes Call::Slice(size_t index) {
  double offset = Number(index + 1, "offset");
  double length = Number(index + 2, "length");
  Bytes bytes = Buffer(index, "buffer");
  if (!ok_) return {};
  double available = static_cast<double>(bytes.length);
  if (offset != std::trunc(offset) || offset < 0 || offset > available) {
    ThrowRange("offset", "an integer within the buffer");
    return {};
  }
  if (length != std::trunc(length) || length < 0 || length > available - offset) {
    ThrowRange("length", "an integer that does not reach beyond the buffer");
    return {};
  }
  return {bytes.data + static_cast<size_t>(offset), static_cast<size_t>(length)};
}

int32_t* Call::Int32s(size_t index, const char* name, size_t minimum) {
  Bytes bytes;
  napi_typedarray_type type;
  if (!ok_ || !View(index, name, &bytes, &type)) return nullptr;
  if (type != napi_int32_array || bytes.length < minimum * sizeof(int32_t)) {
    char expected[64];
    snprintf(expected, sizeof expected, "an Int32Array of length %zu or more", minimum);
    ThrowType(name, expected);
    return nullptr;
  }
  return reinterpret_cast<int32_t*>(bytes.data);
}

std::string Call::Text(size_t index, const char* name) {
  size_t length = 0;
  if (!ok_) return {};
  if (napi_get_value_string_utf8(env(), info_[index], nullptr, 0, &length) != napi_ok) {
    ThrowType(name, "a string");
    return {};
  }
  std::string text(length + 1, '\0');
  napi_get_value_string_utf8(env(), info_[index], text.data(), text.size(), &length);
  text.resize(length);
  if (text.find('\0') != std::string::npos) {
    ThrowType(name, "a string without a null character");
    return {};
  }
  return text;
}

Napi::Value Call::Result(int64_t value) const {
  int error = errno;
  if (value == -1) value = -error;
  napi_value number = nullptr;
  // An int32 costs half as much as a double, and nearly every result fits.
  napi_status status = value == static_cast<int32_t>(value)
                           ? napi_create_int32(env(), static_cast<int32_t>(value), &number)
                           : napi_create_double(env(), static_cast<double>(value), &number);
  return status == napi_ok ? Napi::Value(env(), number) : Failed();
}

Napi::Value Call::FdResult(int fd) const {
  int error = errno;
  if (fd < 0) return Napi::Number::New(env(), -error);
  UniqueFd owner(fd);
  Napi::Number number = Napi::Number::New(env(), fd);
  if (!number.IsEmpty()) environment()->Own(owner.Release());
  return number;
}

Napi::Value Call::PairResult(int result, const int (&fds)[2], int32_t* out) const {
  if (result == -1) return Result(-1);
  for (size_t i = 0; i < 2; i++) {
    environment()->Own(fds[i]);
    out[i] = fds[i];
  }
  return Result(0);
}
