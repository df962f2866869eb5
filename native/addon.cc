#include "call.h"

namespace {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  if (!Environment::Create(env)) {
    napi_throw_error(env, nullptr, "tripoll: there is no memory for the addon");
    return exports;
  }
  RegisterConstants(exports);
  RegisterSelect(exports);
  RegisterPoll(exports);
  RegisterEpoll(exports);
  RegisterSocket(exports);
  RegisterSockopt(exports);
  RegisterTransfer(exports);
  RegisterBatch(exports);
  RegisterFd(exports);
  RegisterNames(exports);
  RegisterNodeLoop(exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(tripoll, Init)
