#include "call.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace {

// strerror_r returns an int in XSI and musl, and a char* in glibc. Overloading selects the right function.
[[maybe_unused]] const char* ErrorText(int, const char* buffer) {
  return buffer;
}
[[maybe_unused]] const char* ErrorText(const char* text, const char*) {
  return text;
}

Napi::Value Strerror(const Napi::CallbackInfo& info) {
  Call call(info);
  int error = call.Int(0, "errno", 0);
  if (!call.ok()) return call.Failed();
  char buffer[256] = "";
  return Napi::String::New(call.env(), ErrorText(strerror_r(error, buffer, sizeof buffer), buffer));
}

Napi::Value GaiStrerror(const Napi::CallbackInfo& info) {
  Call call(info);
  int code = call.Int(0, "code");
  if (!call.ok()) return call.Failed();
  return Napi::String::New(call.env(), ::gai_strerror(code));
}

Napi::Value HStrerror(const Napi::CallbackInfo& info) {
  Call call(info);
  int code = call.Int(0, "code");
  if (!call.ok()) return call.Failed();
  return Napi::String::New(call.env(), ::hstrerror(code));
}

Napi::Value AddressBytes(Napi::Env env, const struct sockaddr* address, socklen_t length) {
  return Napi::Buffer<uint8_t>::Copy(env, reinterpret_cast<const uint8_t*>(address), length);
}

struct AddrinfoDeleter {
  void operator()(struct addrinfo* list) const { ::freeaddrinfo(list); }
};

// getaddrinfo(host, service, family, type, protocol, flags, errnoOut) returns
// [family, type, protocol, canonname, sockaddr][], or the EAI_ code; with EAI_SYSTEM, errnoOut[0] is the errno. It
// blocks during the look-up.
Napi::Value Getaddrinfo(const Napi::CallbackInfo& info) {
  Call call(info);
  std::string host = call.IsNull(0) ? std::string() : call.Text(0, "host");
  std::string service = call.IsNull(1) ? std::string() : call.Text(1, "service");
  struct addrinfo hints = {};
  hints.ai_family = call.Int(2, "family");
  hints.ai_socktype = call.Int(3, "type");
  hints.ai_protocol = call.Int(4, "protocol");
  hints.ai_flags = call.Int(5, "flags");
  int32_t* errno_out = call.Int32s(6, "errnoOut", 1);
  if (!call.ok()) return call.Failed();

  struct addrinfo* found = nullptr;
  int code = ::getaddrinfo(call.IsNull(0) ? nullptr : host.c_str(), call.IsNull(1) ? nullptr : service.c_str(), &hints,
                           &found);
  int error = errno;
  std::unique_ptr<struct addrinfo, AddrinfoDeleter> list(found);
  if (code != 0) {
    *errno_out = error;
    return Napi::Number::New(call.env(), code);
  }
  Napi::Array results = Napi::Array::New(call.env());
  uint32_t index = 0;
  for (struct addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    Napi::Array result = Napi::Array::New(call.env(), 5);
    result.Set(0u, Napi::Number::New(call.env(), entry->ai_family));
    result.Set(1u, Napi::Number::New(call.env(), entry->ai_socktype));
    result.Set(2u, Napi::Number::New(call.env(), entry->ai_protocol));
    result.Set(3u, Napi::String::New(call.env(), entry->ai_canonname == nullptr ? "" : entry->ai_canonname));
    result.Set(4u, AddressBytes(call.env(), entry->ai_addr, entry->ai_addrlen));
    results.Set(index++, result);
  }
  return results;
}

// Whether the bytes are a complete sockaddr_in or sockaddr_in6. glibc accepts fewer bytes and reads beyond their end:
// the scope of a sockaddr_in6 of 24 bytes, and a sun_path until it finds a null character.
bool IsWholeInetAddress(const Bytes& address) {
  sa_family_t family = AF_UNSPEC;
  if (address.length < sizeof family) return false;
  memcpy(&family, address.data, sizeof family);
  if (family == AF_INET) return address.length >= sizeof(struct sockaddr_in);
  return family == AF_INET6 && address.length >= sizeof(struct sockaddr_in6);
}

// getnameinfo(address, flags, errnoOut) returns [host, service] or the EAI_ code. It blocks during the look-up.
Napi::Value Getnameinfo(const Napi::CallbackInfo& info) {
  Call call(info);
  int flags = call.Int(1, "flags");
  int32_t* errno_out = call.Int32s(2, "errnoOut", 1);
  Bytes address = call.Buffer(0, "address");
  if (!call.ok()) return call.Failed();
  if (!IsWholeInetAddress(address)) return Napi::Number::New(call.env(), EAI_FAMILY);
  char host[NI_MAXHOST];
  char service[NI_MAXSERV];
  int code = ::getnameinfo(reinterpret_cast<const struct sockaddr*>(address.data),
                           static_cast<socklen_t>(address.length), host, sizeof host, service, sizeof service, flags);
  int error = errno;
  if (code != 0) {
    *errno_out = error;
    return Napi::Number::New(call.env(), code);
  }
  Napi::Array result = Napi::Array::New(call.env(), 2);
  result.Set(0u, Napi::String::New(call.env(), host));
  result.Set(1u, Napi::String::New(call.env(), service));
  return result;
}

Napi::Array TextList(Napi::Env env, char** list) {
  Napi::Array texts = Napi::Array::New(env);
  for (uint32_t i = 0; list != nullptr && list[i] != nullptr; i++) texts.Set(i, Napi::String::New(env, list[i]));
  return texts;
}

// Returns [name, aliases, addresses as raw bytes], or the negative h_errno code.
Napi::Value Host(Napi::Env env, const struct hostent* host, int h_error) {
  // NETDB_INTERNAL (-1: a buffer that is too small, or an unknown family) would become a positive number.
  if (host == nullptr) return Napi::Number::New(env, -(h_error > 0 ? h_error : NO_RECOVERY));
  Napi::Array addresses = Napi::Array::New(env);
  for (uint32_t i = 0; host->h_addr_list[i] != nullptr; i++) {
    const uint8_t* bytes = reinterpret_cast<const uint8_t*>(host->h_addr_list[i]);
    addresses.Set(i, Napi::Buffer<uint8_t>::Copy(env, bytes, static_cast<size_t>(host->h_length)));
  }
  Napi::Array result = Napi::Array::New(env, 3);
  result.Set(0u, Napi::String::New(env, host->h_name));
  result.Set(1u, TextList(env, host->h_aliases));
  result.Set(2u, addresses);
  return result;
}

// The glibc manual suggests 8 KiB as the first size. A host whose aliases do not fit returns NO_RECOVERY.
constexpr size_t kHostBuffer = 8192;

Napi::Value Gethostbyname(const Napi::CallbackInfo& info) {
  Call call(info);
  std::string name = call.Text(0, "name");
  if (!call.ok()) return call.Failed();
  struct hostent entry = {};
  struct hostent* found = nullptr;
  char buffer[kHostBuffer];
  int h_error = NO_RECOVERY;
  ::gethostbyname2_r(name.c_str(), AF_INET, &entry, buffer, sizeof buffer, &found, &h_error);
  return Host(call.env(), found, h_error);
}

// gethostbyaddr(address bytes, family)
Napi::Value Gethostbyaddr(const Napi::CallbackInfo& info) {
  Call call(info);
  int family = call.Int(1, "family");
  Bytes address = call.Buffer(0, "address");
  if (!call.ok()) return call.Failed();
  struct hostent entry = {};
  struct hostent* found = nullptr;
  char buffer[kHostBuffer];
  int h_error = NO_RECOVERY;
  ::gethostbyaddr_r(address.data, static_cast<socklen_t>(address.length), family, &entry, buffer, sizeof buffer, &found,
                    &h_error);
  return Host(call.env(), found, h_error);
}

// getservbyname(name, protocol or null) returns the port, or -1.
Napi::Value Getservbyname(const Napi::CallbackInfo& info) {
  Call call(info);
  std::string name = call.Text(0, "name");
  std::string protocol = call.IsNull(1) ? std::string() : call.Text(1, "protocol");
  if (!call.ok()) return call.Failed();
  struct servent entry = {};
  struct servent* found = nullptr;
  char buffer[kHostBuffer];
  ::getservbyname_r(name.c_str(), call.IsNull(1) ? nullptr : protocol.c_str(), &entry, buffer, sizeof buffer, &found);
  return Napi::Number::New(call.env(), found == nullptr ? -1 : ntohs(static_cast<uint16_t>(found->s_port)));
}

// getservbyport(port, protocol or null) returns the name, or null.
Napi::Value Getservbyport(const Napi::CallbackInfo& info) {
  Call call(info);
  int port = call.Int(0, "port", 0, 65535);
  std::string protocol = call.IsNull(1) ? std::string() : call.Text(1, "protocol");
  if (!call.ok()) return call.Failed();
  struct servent entry = {};
  struct servent* found = nullptr;
  char buffer[kHostBuffer];
  ::getservbyport_r(htons(static_cast<uint16_t>(port)), call.IsNull(1) ? nullptr : protocol.c_str(), &entry, buffer,
                    sizeof buffer, &found);
  if (found == nullptr) return call.env().Null();
  return Napi::String::New(call.env(), found->s_name);
}

// inetPton(family, text, out) returns 1, 0 when `text` is no address of the family, or -errno.
Napi::Value InetPton(const Napi::CallbackInfo& info) {
  Call call(info);
  int family = call.Int(0, "family");
  std::string text = call.Text(1, "text");
  Bytes out = call.Buffer(2, "out", sizeof(struct in6_addr));
  if (!call.ok()) return call.Failed();
  return call.Result(::inet_pton(family, text.c_str(), out.data));
}

// inetNtop(family, bytes) returns the text, or -errno.
Napi::Value InetNtop(const Napi::CallbackInfo& info) {
  Call call(info);
  int family = call.Int(0, "family");
  Bytes bytes = call.Buffer(1, "bytes", family == AF_INET6 ? sizeof(struct in6_addr) : sizeof(struct in_addr));
  if (!call.ok()) return call.Failed();
  char text[INET6_ADDRSTRLEN];
  if (::inet_ntop(family, bytes.data, text, sizeof text) == nullptr) return call.Result(-1);
  return Napi::String::New(call.env(), text);
}

// inetAton(text, out) returns 1, or 0 when `text` is no address. It accepts short forms, too: '127.1'.
Napi::Value InetAton(const Napi::CallbackInfo& info) {
  Call call(info);
  std::string text = call.Text(0, "text");
  Bytes out = call.Buffer(1, "out", sizeof(struct in_addr));
  if (!call.ok()) return call.Failed();
  return call.Result(::inet_aton(text.c_str(), reinterpret_cast<struct in_addr*>(out.data)));
}

struct NameindexDeleter {
  void operator()(struct if_nameindex* list) const { ::if_freenameindex(list); }
};

// ifNameindex() returns [index, name][], or -errno.
Napi::Value IfNameindex(const Napi::CallbackInfo& info) {
  Call call(info);
  std::unique_ptr<struct if_nameindex, NameindexDeleter> list(::if_nameindex());
  if (!list) return call.Result(-1);
  Napi::Array results = Napi::Array::New(call.env());
  for (uint32_t i = 0; list.get()[i].if_index != 0; i++) {
    Napi::Array pair = Napi::Array::New(call.env(), 2);
    pair.Set(0u, Napi::Number::New(call.env(), list.get()[i].if_index));
    pair.Set(1u, Napi::String::New(call.env(), list.get()[i].if_name));
    results.Set(i, pair);
  }
  return results;
}

// ifNametoindex(name) returns the index, or -errno.
Napi::Value IfNametoindex(const Napi::CallbackInfo& info) {
  Call call(info);
  std::string name = call.Text(0, "name");
  if (!call.ok()) return call.Failed();
  unsigned int index = ::if_nametoindex(name.c_str());
  return call.Result(index == 0 ? -1 : static_cast<int64_t>(index));
}

// ifIndextoname(index) returns the name, or -errno.
Napi::Value IfIndextoname(const Napi::CallbackInfo& info) {
  Call call(info);
  int index = call.Int(0, "index", 0);
  if (!call.ok()) return call.Failed();
  char name[IF_NAMESIZE];
  if (::if_indextoname(static_cast<unsigned int>(index), name) == nullptr) return call.Result(-1);
  return Napi::String::New(call.env(), name);
}

Napi::Value Sethostname(const Napi::CallbackInfo& info) {
  Call call(info);
  std::string name = call.Text(0, "name");
  if (!call.ok()) return call.Failed();
  return call.Result(::sethostname(name.data(), name.size()));
}

}  // namespace

void RegisterNames(Napi::Object exports) {
  Export<Strerror>(exports, "strerror");
  Export<GaiStrerror>(exports, "gaiStrerror");
  Export<HStrerror>(exports, "hStrerror");
  Export<Getaddrinfo>(exports, "getaddrinfo");
  Export<Getnameinfo>(exports, "getnameinfo");
  Export<Gethostbyname>(exports, "gethostbyname");
  Export<Gethostbyaddr>(exports, "gethostbyaddr");
  Export<Getservbyname>(exports, "getservbyname");
  Export<Getservbyport>(exports, "getservbyport");
  Export<InetPton>(exports, "inetPton");
  Export<InetNtop>(exports, "inetNtop");
  Export<InetAton>(exports, "inetAton");
  Export<IfNameindex>(exports, "ifNameindex");
  Export<IfNametoindex>(exports, "ifNametoindex");
  Export<IfIndextoname>(exports, "ifIndextoname");
  Export<Sethostname>(exports, "sethostname");
}
