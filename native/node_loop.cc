#include "call.h"

#include <uv.h>

#include <cerrno>
#include <new>

// Deno lacks these functions. As weak symbols they do not keep the addon from being loaded there.
#pragma weak napi_get_uv_event_loop
#pragma weak uv_backend_fd
#pragma weak uv_backend_timeout
#pragma weak uv_close
#pragma weak uv_idle_init
#pragma weak uv_idle_start
#pragma weak uv_idle_stop
#pragma weak uv_is_active
#pragma weak uv_prepare_init
#pragma weak uv_prepare_start
#pragma weak uv_prepare_stop
#pragma weak uv_update_time

// The hook into the event loop of one Node thread. In libuv's prepare phase it calls `turn`, a JavaScript function that
// waits for our fds and Node's fd together, and handles the fds that are ready (src/select/node-loop.ts).
//
// An active idle handle makes libuv's own poll return immediately after that wait. The handle is stopped while the
// backend timeout is read, because the timeout would be 0 otherwise. The timeout is correct only in the prepare phase:
// during the callback of a timer libuv does not know the next timer.
struct NodeLoop {
  napi_env env = nullptr;
  napi_ref turn = nullptr;
  napi_async_cleanup_hook_handle cleanup = nullptr;
  uv_loop_t* loop = nullptr;
  uv_prepare_t prepare = {};
  uv_idle_t idle = {};
  int open_handles = 2;
};

namespace {

void OnIdle(uv_idle_t*) {}

// Passes an exception of `turn` to Node's handlers of uncaught exceptions. When a worker is terminated, no exception is
// pending, and there is nobody to tell.
void ReportException(napi_env env) {
  bool pending = false;
  if (napi_is_exception_pending(env, &pending) != napi_ok || !pending) return;
  napi_value error;
  if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
}

// Calls `turn` once; returns true when it asks to be called again immediately.
bool CallTurn(NodeLoop* self, int timeout_ms) {
  Napi::HandleScope scope(self->env);
  napi_value turn, receiver, argument, result;
  if (napi_get_reference_value(self->env, self->turn, &turn) != napi_ok ||
      napi_get_global(self->env, &receiver) != napi_ok ||
      napi_create_int32(self->env, timeout_ms, &argument) != napi_ok) {
    return false;
  }
  // Unlike napi_call_function, this runs process.nextTick and the promises when the turn is over. A context of
  // napi_async_init would keep the AsyncLocalStorage stores of whoever waits first; without one, the turn sees none.
  napi_status status = napi_make_callback(self->env, nullptr, receiver, turn, 1, &argument, &result);
  if (status != napi_ok) {
    ReportException(self->env);
    return false;
  }
  bool again = false;
  return napi_get_value_bool(self->env, result, &again) == napi_ok && again;
}

// How long Node may wait, in milliseconds: -1 for ever, 0 when it has something to do now, such as an immediate.
int BackendTimeoutMs(NodeLoop* self) {
  uv_idle_stop(&self->idle);
  uv_update_time(self->loop);
  int timeout_ms = uv_backend_timeout(self->loop);
  uv_idle_start(&self->idle, OnIdle);
  return timeout_ms;
}

// A turn of ours costs less than a turn of Node's loop, which makes a system call of its own. So we make several turns
// while Node has nothing to do: each waits for Node's fd, too, and reads Node's timeout before. The number is limited,
// because other code may need the phases of Node's loop.
constexpr int kMaxTurnsInARow = 16;

void OnPrepare(uv_prepare_t* handle) {
  NodeLoop* self = static_cast<NodeLoop*>(handle->data);
  int timeout_ms = BackendTimeoutMs(self);
  for (int turns = 1; CallTurn(self, timeout_ms) && turns < kMaxTurnsInARow; turns++) {
    // `turn` has stopped the handles, and BackendTimeoutMs would start one again.
    if (!uv_is_active(reinterpret_cast<uv_handle_t*>(&self->prepare))) return;
    timeout_ms = BackendTimeoutMs(self);
    if (timeout_ms == 0) return;
  }
}

void OnClose(uv_handle_t* handle) {
  NodeLoop* self = static_cast<NodeLoop*>(handle->data);
  if (--self->open_handles > 0) return;
  napi_remove_async_cleanup_hook(self->cleanup);
  delete self;
}

// Runs when the Node thread ends: its loop can be closed only after our handles.
void OnCleanup(napi_async_cleanup_hook_handle, void* data) {
  NodeLoop* self = static_cast<NodeLoop*>(data);
  napi_delete_reference(self->env, self->turn);
  Environment::Of(self->env)->node_loop = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(&self->prepare), OnClose);
  uv_close(reinterpret_cast<uv_handle_t*>(&self->idle), OnClose);
}

// nodeLoopOpen(turn) returns the fd of Node's event loop, which is readable when Node has something to do. After
// nodeLoopStart, `turn(timeoutMs)` is called in each turn of Node's loop, and again while it returns true. `timeoutMs`
// is how long Node may wait, -1 for ever. Returns -ENOSYS where the event loop is not libuv's.
Napi::Value Open(const Napi::CallbackInfo& info) {
  Call call(info);
  napi_env env = info.Env();
  if (!info[0].IsFunction()) call.ThrowType("turn", "a function");
  if (call.ok() && call.environment()->node_loop != nullptr) call.ThrowType("this thread's loop", "opened once only");
  if (!call.ok()) return call.Failed();
  if (&uv_backend_fd == nullptr || &napi_get_uv_event_loop == nullptr) return Napi::Number::New(env, -ENOSYS);

  NodeLoop* self = new (std::nothrow) NodeLoop();
  if (self == nullptr || napi_get_uv_event_loop(env, &self->loop) != napi_ok ||
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
  call.environment()->node_loop = self;
  return Napi::Number::New(env, uv_backend_fd(self->loop));
}

// A started prepare handle is ref'd, so the loop is alive. Otherwise its timeout would be 0, and the thread would spin.
Napi::Value Start(const Napi::CallbackInfo& info) {
  NodeLoop* self = Environment::Of(info.Env())->node_loop;
  if (self != nullptr) {
    uv_prepare_start(&self->prepare, OnPrepare);
    // The prepare phase of this turn may be over: libuv must not block before the next one.
    uv_idle_start(&self->idle, OnIdle);
  }
  return info.Env().Undefined();
}

Napi::Value Stop(const Napi::CallbackInfo& info) {
  NodeLoop* self = Environment::Of(info.Env())->node_loop;
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
