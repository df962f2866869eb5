#include "call.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

namespace {

#ifndef SO_ATTACH_REUSEPORT_CBPF
#define SO_ATTACH_REUSEPORT_CBPF 51
#endif
#ifndef TCP_ZEROCOPY_RECEIVE
#define TCP_ZEROCOPY_RECEIVE 35
#endif
#ifndef TCP_AO_GET_KEYS
#define TCP_AO_GET_KEYS 41
#endif

// Whether the value of an option is plain data of the given length. Some values contain pointers that the kernel
// follows, so bytes from JavaScript could read or write any memory of the process. Three values contain the number of
// elements that getsockopt writes, whatever the given length is: IP_MSFILTER and MCAST_MSFILTER (net/ipv4/igmp.c,
// ip_mc_msfget) and TCP_AO_GET_KEYS. For these reasons, every level that is not listed here is refused.
bool IsPlainData(int level, int option) {
  switch (level) {
    case SOL_SOCKET:
      return option != SO_ATTACH_FILTER && option != SO_ATTACH_REUSEPORT_CBPF;
    case IPPROTO_TCP:
      return option != TCP_ZEROCOPY_RECEIVE && option != TCP_AO_GET_KEYS;
    case IPPROTO_IP:
      // The options from 64 on have struct ipt_replace, arpt_replace and ebt_replace of netfilter.
      return option < 64 && option != IP_MSFILTER && option != MCAST_MSFILTER;
    case IPPROTO_IPV6:
      // 64 and 65 have struct ip6t_replace; the higher numbers are ordinary options again.
      return option != 64 && option != 65 && option != MCAST_MSFILTER;
    case IPPROTO_UDP:
    case IPPROTO_ICMPV6:
    case IPPROTO_RAW:
      return true;
    default:
      return false;
  }
}

// getsockopt(fd, level, option, value, valueLength) writes the option into `value`, its length into valueLength[0].
Napi::Value Getsockopt(const Napi::CallbackInfo& info) {
  Call call(info);
  int fd = call.Int(0, "fd");
  int level = call.Int(1, "level");
  int option = call.Int(2, "option");
  Bytes value = call.Buffer(3, "value");
  int32_t* length_out = call.Int32s(4, "valueLength", 1);
  if (!call.ok()) return call.Failed();
  if (!IsPlainData(level, option)) {
    errno = ENOPROTOOPT;
    return call.Result(-1);
  }
  socklen_t length = static_cast<socklen_t>(value.length);
  int result = ::getsockopt(fd, level, option, value.data, &length);
  if (result == 0) *length_out = static_cast<int32_t>(length);
  return call.Result(result);
}

// setsockopt(fd, level, option, value, length): `length` is used only when `value` is null, which AF_ALG needs.
Napi::Value Setsockopt(const Napi::CallbackInfo& info) {
  Call call(info);
  int fd = call.Int(0, "fd");
  int level = call.Int(1, "level");
  int option = call.Int(2, "option");
  Bytes value = call.OptionalBuffer(3, "value");
  int length = call.IsNull(3) ? call.Int(4, "length", 0) : static_cast<int>(value.length);
  if (!call.ok()) return call.Failed();
  if (!IsPlainData(level, option)) {
    errno = ENOPROTOOPT;
    return call.Result(-1);
  }
  return call.Result(::setsockopt(fd, level, option, value.data, static_cast<socklen_t>(length)));
}

}  // namespace

void RegisterSockopt(Napi::Object exports) {
  Export<Getsockopt>(exports, "getsockopt");
  Export<Setsockopt>(exports, "setsockopt");
}
