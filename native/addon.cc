#include "call.h"

namespace {

Napi::Object Init(Napi::Env, Napi::Object exports) {
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
