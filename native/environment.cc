#include "environment.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <new>

namespace {

bool IsMainThread() {
  return ::syscall(SYS_gettid) == ::getpid();
}

void Delete(napi_env, void* environment, void*) {
  delete static_cast<Environment*>(environment);
}

}  // namespace

Environment::Environment(napi_env env) : env_(env), ends_before_process_(!IsMainThread()) {}

bool Environment::Create(napi_env env) {
  Environment* self = new (std::nothrow) Environment(env);
  if (self == nullptr) return false;
  // From now on Node deletes the object, after the cleanup hooks.
  if (napi_set_instance_data(env, self, Delete, nullptr) != napi_ok) {
    delete self;
    return false;
  }
  return !self->ends_before_process_ || napi_add_env_cleanup_hook(env, OnEnd, self) == napi_ok;
}

Environment* Environment::Of(napi_env env) {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  return static_cast<Environment*>(data);
}

bool Environment::IsEnding() const {
  // Node-API has no question for this. But it refuses each function that could run JavaScript once the thread was told to
  // end, and this one is cheap and has no effect.
  napi_value value;
  bool result = false;
  return napi_get_undefined(env_, &value) == napi_ok && napi_strict_equals(env_, value, value, &result) != napi_ok;
}

void Environment::OnEnd(void* self) {
  static_cast<Environment*>(self)->owned_fds_.CloseAll();
}
