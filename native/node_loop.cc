#include "call.h"

#include <uv.h>

#include <new>

namespace {

// The hook of one Node thread in its own event loop: in libuv's prepare phase it calls `turn`, which
// waits for our fds and Node's together and hands out what is ready.
//
// The idle handle keeps libuv from blocking in its own poll after that wait. It is stopped while the backend timeout
// is read, which it would make 0. Only the prepare phase can trust that timeout: inside a timer's callback libuv has
// forgotten the next timer.
struct NodeLoop {
  napi_env env = nullptr;
  napi_ref turn = nullptr;
  napi_async_context context = nullptr;
  napi_async_cleanup_hook_handle cleanup = nullptr;
  uv_loop_t* loop = nullptr;
  uv_prepare_t prepare = {};
  uv_idle_t idle = {};
  int open_handles = 2;
};

void OnIdle(uv_idle_t*) {}

// What `turn` lets through is the end of a worker: then nobody can be told, and nothing is pending either.
void Report(napi_env env) {
  bool pending = false;
  if (napi_is_exception_pending(env, &pending) != napi_ok || !pending) return;
  napi_value error;
  if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
}

// Calls `turn` once; gives whether it asks for more.
bool Turn(NodeLoop* self, int timeout_ms) {
  Napi::HandleScope scope(self->env);
  napi_value turn, receiver, argument, result;
  if (napi_get_reference_value(self->env, self->turn, &turn) != napi_ok ||
      napi_get_global(self->env, &receiver) != napi_ok ||
      napi_create_int32(self->env, timeout_ms, &argument) != napi_ok) {
    return false;
  }
  // make_callback, not call_function: it runs process.nextTick and the promises when the turn is over.
  napi_status status = napi_make_callback(self->env, self->context, receiver, turn, 1, &argument, &result);
  if (status != napi_ok) {
    Report(self->env);
    return false;
  }
  bool again = false;
  return napi_get_value_bool(self->env, result, &again) == napi_ok && again;
}

// How long Node can wait, in ms: -1 for ever, 0 where it has something to do now, such as an immediate.
int BackendTimeout(NodeLoop* self) {
  uv_idle_stop(&self->idle);
  uv_update_time(self->loop);
  int timeout_ms = uv_backend_timeout(self->loop);
  uv_idle_start(&self->idle, OnIdle);
  return timeout_ms;
}

// A turn of ours costs less than one of Node's, with a system call of its own. So several are made while Node has nothing
// to do: its fd is in each wait, its timeout is read before each. Not more, for what others have in Node's phases.
constexpr int kMostTurns = 16;

void OnPrepare(uv_prepare_t* handle) {
  NodeLoop* self = static_cast<NodeLoop*>(handle->data);
  int timeout_ms = BackendTimeout(self);
  for (int turns = 1; Turn(self, timeout_ms) && turns < kMostTurns; turns++) {
    // A guard: handles at rest stay at rest.
    if (!uv_is_active(reinterpret_cast<uv_handle_t*>(&self->prepare))) return;
    timeout_ms = BackendTimeout(self);
    if (timeout_ms == 0) return;
  }
}

void OnClose(uv_handle_t* handle) {
  NodeLoop* self = static_cast<NodeLoop*>(handle->data);
  if (--self->open_handles > 0) return;
  napi_remove_async_cleanup_hook(self->cleanup);
  delete self;
}

// The end of the Node thread: its loop can be closed only when our handles are.
void OnCleanup(napi_async_cleanup_hook_handle, void* data) {
  NodeLoop* self = static_cast<NodeLoop*>(data);
  napi_delete_reference(self->env, self->turn);
  napi_async_destroy(self->env, self->context);
  napi_set_instance_data(self->env, nullptr, nullptr, nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&self->prepare), OnClose);
  uv_close(reinterpret_cast<uv_handle_t*>(&self->idle), OnClose);
}

NodeLoop* Get(napi_env env) {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  return static_cast<NodeLoop*>(data);
}

// nodeLoopOpen(turn) -> the fd of Node's event loop, readable when Node has something to do. While started,
// `turn(timeoutMs)` is called in each turn of Node's loop, and again as long as it gives true; timeoutMs is how long Node
// can wait, -1 for ever.
Napi::Value Open(const Napi::CallbackInfo& info) {
  Call call(info);
  napi_env env = info.Env();
  if (!info[0].IsFunction()) call.ThrowType("turn", "a function");
  if (call.ok() && Get(env) != nullptr) call.ThrowType("this thread's loop", "opened once only");
  if (!call.ok()) return call.Failed();

  NodeLoop* self = new (std::nothrow) NodeLoop();
  napi_value name;
  if (self == nullptr || napi_get_uv_event_loop(env, &self->loop) != napi_ok ||
      napi_create_string_utf8(env, "tripoll", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_async_init(env, nullptr, name, &self->context) != napi_ok ||
      napi_create_reference(env, info[0], 1, &self->turn) != napi_ok ||
      napi_add_async_cleanup_hook(env, OnCleanup, self, &self->cleanup) != napi_ok) {
    delete self;
    call.ThrowType("this thread", "one of Node's");
    return call.Failed();
  }
  self->env = env;
  uv_prepare_init(self->loop, &self->prepare);
  uv_idle_init(self->loop, &self->idle);
  self->prepare.data = self->idle.data = self;
  napi_set_instance_data(env, self, nullptr, nullptr);
  return Napi::Number::New(env, uv_backend_fd(self->loop));
}

// The prepare handle is ref'd while started: the timeout of a loop that is not alive is 0, and the thread would spin.
Napi::Value Start(const Napi::CallbackInfo& info) {
  NodeLoop* self = Get(info.Env());
  if (self != nullptr) {
    uv_prepare_start(&self->prepare, OnPrepare);
    // Where the prepare phase of this turn is over, libuv must not block before the next one.
    uv_idle_start(&self->idle, OnIdle);
  }
  return info.Env().Undefined();
}

Napi::Value Stop(const Napi::CallbackInfo& info) {
  NodeLoop* self = Get(info.Env());
  if (self != nullptr) {
    uv_prepare_stop(&self->prepare);
    uv_idle_stop(&self->idle);
  }
  return info.Env().Undefined();
}

}  // namespace

void RegisterNodeLoop(Napi::Object exports) {
  Export<Open>(exports, "nodeLoopOpen");
  Export<Start>(exports, "nodeLoopStart");
  Export<Stop>(exports, "nodeLoopStop");
}
