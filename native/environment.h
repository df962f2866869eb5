#ifndef TRIPOLL_ENVIRONMENT_H_
#define TRIPOLL_ENVIRONMENT_H_

#include <node_api.h>

#include "owned_fds.h"

struct NodeLoop;

// What the addon keeps for one environment of Node: the main thread has one, and each worker thread has its own.
//
// An environment that is not on the main thread of the process can end while the process goes on. Then its fds are
// closed, and a wait that blocks its thread ends soon, because worker.terminate() and process.exit() wait for the thread.
class Environment {
 public:
  // Makes the data of `env`; returns false when Node has no memory for it.
  static bool Create(napi_env env);
  static Environment* Of(napi_env env);

  // Whether the environment can end before the process.
  bool EndsBeforeProcess() const { return ends_before_process_; }
  // Whether the thread was told to end. No JavaScript can run any more.
  bool IsEnding() const;

  // The environment closes `fd` when it ends.
  void Own(int fd) {
    if (ends_before_process_) owned_fds_.Add(fd);
  }
  // The environment no longer closes `fd`.
  void Disown(int fd) {
    if (ends_before_process_) owned_fds_.Remove(fd);
  }

  // The hook into Node's event loop; null until it is opened.
  NodeLoop* node_loop = nullptr;

 private:
  explicit Environment(napi_env env);
  static void OnEnd(void* self);

  const napi_env env_;
  const bool ends_before_process_;
  OwnedFds owned_fds_;
};

#endif  // TRIPOLL_ENVIRONMENT_H_
