#include "call.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <climits>
#include <cstddef>

namespace {

struct Constant {
  const char* name;
  double value;
};

// The values come from the headers, so nobody types them in. The macro makes a text of each name, too.
#define X(name) {#name, static_cast<double>(name)},

const Constant kReadinessConstants[] = {
    X(POLLIN) X(POLLPRI) X(POLLOUT) X(POLLERR) X(POLLHUP) X(POLLNVAL) X(POLLRDNORM) X(POLLRDBAND)
    X(POLLWRNORM) X(POLLWRBAND) X(POLLMSG) X(POLLRDHUP) X(FD_SETSIZE) X(PIPE_BUF)
};

const Constant kEpollConstants[] = {
    X(EPOLLIN) X(EPOLLPRI) X(EPOLLOUT) X(EPOLLERR) X(EPOLLHUP) X(EPOLLRDNORM) X(EPOLLRDBAND) X(EPOLLWRNORM)
    X(EPOLLWRBAND) X(EPOLLMSG) X(EPOLLRDHUP) X(EPOLLEXCLUSIVE) X(EPOLLWAKEUP) X(EPOLLONESHOT) X(EPOLLET)
    X(EPOLL_CLOEXEC) X(EPOLL_CTL_ADD) X(EPOLL_CTL_MOD) X(EPOLL_CTL_DEL)
};

const Constant kFdConstants[] = {
    X(F_DUPFD) X(F_DUPFD_CLOEXEC) X(F_GETFD) X(F_SETFD) X(F_GETFL) X(F_SETFL) X(F_GETPIPE_SZ) X(F_SETPIPE_SZ)
    X(FD_CLOEXEC) X(O_NONBLOCK) X(O_CLOEXEC) X(FIONREAD) X(FIONBIO) X(SIOCOUTQ) X(SIOCATMARK) X(TIOCGPTN)
    X(TIOCSPTLCK) X(LOCK_SH) X(LOCK_EX) X(LOCK_NB) X(LOCK_UN) X(EFD_CLOEXEC) X(EFD_NONBLOCK) X(EFD_SEMAPHORE)
};

const Constant kSocketConstants[] = {
    X(AF_UNSPEC) X(AF_UNIX) X(AF_INET) X(AF_INET6) X(SOCK_STREAM) X(SOCK_DGRAM) X(SOCK_RAW) X(SOCK_SEQPACKET)
    X(SOCK_NONBLOCK) X(SOCK_CLOEXEC) X(SOMAXCONN) X(SOL_SOCKET) X(SOL_IP) X(SOL_TCP) X(SOL_UDP) X(SO_DEBUG) X(SO_REUSEADDR) X(SO_TYPE)
    X(SO_ERROR) X(SO_DONTROUTE) X(SO_BROADCAST) X(SO_SNDBUF) X(SO_RCVBUF) X(SO_SNDBUFFORCE) X(SO_RCVBUFFORCE)
    X(SO_KEEPALIVE) X(SO_OOBINLINE) X(SO_PRIORITY) X(SO_LINGER) X(SO_REUSEPORT) X(SO_PASSCRED) X(SO_PEERCRED)
    X(SO_RCVLOWAT) X(SO_SNDLOWAT) X(SO_RCVTIMEO) X(SO_SNDTIMEO) X(SO_BINDTODEVICE) X(SO_PEERNAME)
    X(SO_ACCEPTCONN) X(SO_PASSSEC) X(SO_PEERSEC) X(SO_MARK) X(SO_PROTOCOL) X(SO_DOMAIN) X(SO_INCOMING_CPU)
    X(IPPROTO_IP) X(IPPROTO_ICMP) X(IPPROTO_TCP) X(IPPROTO_UDP) X(IPPROTO_IPV6) X(IPPROTO_ICMPV6)
    X(IPPROTO_RAW) X(IP_TOS) X(IP_TTL) X(IP_RECVTOS) X(IP_RECVERR) X(IP_PKTINFO) X(IP_TRANSPARENT)
    X(IP_BIND_ADDRESS_NO_PORT) X(IP_MULTICAST_IF) X(IP_MULTICAST_TTL) X(IP_MULTICAST_LOOP)
    X(IP_ADD_MEMBERSHIP) X(IP_DROP_MEMBERSHIP) X(IPV6_V6ONLY) X(IPV6_UNICAST_HOPS) X(IPV6_MULTICAST_IF)
    X(IPV6_MULTICAST_HOPS) X(IPV6_MULTICAST_LOOP) X(IPV6_JOIN_GROUP) X(IPV6_LEAVE_GROUP) X(IPV6_RECVPKTINFO)
    X(IPV6_PKTINFO) X(IPV6_TCLASS) X(IPV6_RECVTCLASS) X(TCP_NODELAY) X(TCP_MAXSEG) X(TCP_CORK) X(TCP_KEEPIDLE)
    X(TCP_KEEPINTVL) X(TCP_KEEPCNT) X(TCP_SYNCNT) X(TCP_LINGER2) X(TCP_DEFER_ACCEPT) X(TCP_WINDOW_CLAMP)
    X(TCP_INFO) X(TCP_QUICKACK) X(TCP_CONGESTION) X(TCP_USER_TIMEOUT) X(TCP_FASTOPEN) X(TCP_NOTSENT_LOWAT)
    X(MSG_OOB) X(MSG_PEEK) X(MSG_DONTROUTE) X(MSG_CTRUNC) X(MSG_TRUNC) X(MSG_DONTWAIT) X(MSG_EOR)
    X(MSG_WAITALL) X(MSG_CONFIRM) X(MSG_ERRQUEUE) X(MSG_NOSIGNAL) X(MSG_MORE) X(MSG_FASTOPEN)
    X(MSG_CMSG_CLOEXEC) X(SHUT_RD) X(SHUT_WR) X(SHUT_RDWR) X(SCM_RIGHTS) X(SCM_CREDENTIALS) X(INADDR_ANY)
    X(INADDR_BROADCAST) X(INADDR_LOOPBACK) X(INADDR_NONE)
};

const Constant kNameConstants[] = {
    X(AI_PASSIVE) X(AI_CANONNAME) X(AI_NUMERICHOST) X(AI_NUMERICSERV) X(AI_V4MAPPED) X(AI_ALL)
    X(AI_ADDRCONFIG) X(EAI_AGAIN) X(EAI_BADFLAGS) X(EAI_FAIL) X(EAI_FAMILY) X(EAI_MEMORY) X(EAI_NONAME)
    X(EAI_OVERFLOW) X(EAI_SERVICE) X(EAI_SOCKTYPE) X(EAI_SYSTEM) X(EAI_ADDRFAMILY) X(EAI_NODATA)
    X(NI_NUMERICHOST) X(NI_NUMERICSERV) X(NI_NOFQDN) X(NI_NAMEREQD) X(NI_DGRAM) X(NI_MAXHOST) X(NI_MAXSERV)
};

// When two names have the same number, messages use the later one. The first three names are aliases that CPython has,
// too.
const Constant kErrnos[] = {
    X(EWOULDBLOCK) X(EDEADLK) X(EOPNOTSUPP) X(EPERM) X(ENOENT) X(ESRCH) X(EINTR) X(EIO) X(ENXIO) X(E2BIG)
    X(ENOEXEC) X(EBADF) X(ECHILD) X(EAGAIN) X(ENOMEM) X(EACCES) X(EFAULT) X(ENOTBLK) X(EBUSY) X(EEXIST)
    X(EXDEV) X(ENODEV) X(ENOTDIR) X(EISDIR) X(EINVAL) X(ENFILE) X(EMFILE) X(ENOTTY) X(ETXTBSY) X(EFBIG)
    X(ENOSPC) X(ESPIPE) X(EROFS) X(EMLINK) X(EPIPE) X(EDOM) X(ERANGE) X(EDEADLOCK) X(ENAMETOOLONG) X(ENOLCK)
    X(ENOSYS) X(ENOTEMPTY) X(ELOOP) X(ENOMSG) X(EIDRM) X(ECHRNG) X(EL2NSYNC) X(EL3HLT) X(EL3RST) X(ELNRNG)
    X(EUNATCH) X(ENOCSI) X(EL2HLT) X(EBADE) X(EBADR) X(EXFULL) X(ENOANO) X(EBADRQC) X(EBADSLT) X(EBFONT)
    X(ENOSTR) X(ENODATA) X(ETIME) X(ENOSR) X(ENONET) X(ENOPKG) X(EREMOTE) X(ENOLINK) X(EADV) X(ESRMNT)
    X(ECOMM) X(EPROTO) X(EMULTIHOP) X(EDOTDOT) X(EBADMSG) X(EOVERFLOW) X(ENOTUNIQ) X(EBADFD) X(EREMCHG)
    X(ELIBACC) X(ELIBBAD) X(ELIBSCN) X(ELIBMAX) X(ELIBEXEC) X(EILSEQ) X(ERESTART) X(ESTRPIPE) X(EUSERS)
    X(ENOTSOCK) X(EDESTADDRREQ) X(EMSGSIZE) X(EPROTOTYPE) X(ENOPROTOOPT) X(EPROTONOSUPPORT) X(ESOCKTNOSUPPORT)
    X(ENOTSUP) X(EPFNOSUPPORT) X(EAFNOSUPPORT) X(EADDRINUSE) X(EADDRNOTAVAIL) X(ENETDOWN) X(ENETUNREACH)
    X(ENETRESET) X(ECONNABORTED) X(ECONNRESET) X(ENOBUFS) X(EISCONN) X(ENOTCONN) X(ESHUTDOWN) X(ETOOMANYREFS)
    X(ETIMEDOUT) X(ECONNREFUSED) X(EHOSTDOWN) X(EHOSTUNREACH) X(EALREADY) X(EINPROGRESS) X(ESTALE) X(EUCLEAN)
    X(ENOTNAM) X(ENAVAIL) X(EISNAM) X(EREMOTEIO) X(EDQUOT) X(ENOMEDIUM) X(EMEDIUMTYPE) X(ECANCELED) X(ENOKEY)
    X(EKEYEXPIRED) X(EKEYREVOKED) X(EKEYREJECTED) X(EOWNERDEAD) X(ENOTRECOVERABLE) X(ERFKILL)
};

#undef X

// Sizes and offsets in bytes: JavaScript reads and writes the kernel's structures in place.
const Constant kLayout[] = {
    {"SIZEOF_LONG", sizeof(long)},
    {"SIZEOF_EPOLL_EVENT", sizeof(struct epoll_event)},
    {"OFFSETOF_EPOLL_DATA", offsetof(struct epoll_event, data)},
    {"SIZEOF_SOCKADDR_STORAGE", sizeof(struct sockaddr_storage)},
    {"SIZEOF_SOCKADDR_IN", sizeof(struct sockaddr_in)},
    {"SIZEOF_SOCKADDR_IN6", sizeof(struct sockaddr_in6)},
    {"SIZEOF_SUN_PATH", sizeof(static_cast<struct sockaddr_un*>(nullptr)->sun_path)},
    {"OFFSETOF_SUN_PATH", offsetof(struct sockaddr_un, sun_path)},
    {"SIZEOF_CMSGHDR", sizeof(struct cmsghdr)},
    {"CMSG_ALIGNMENT", CMSG_ALIGN(1)},
};

template <size_t count>
void Add(Napi::Object object, const Constant (&constants)[count]) {
  for (const Constant& constant : constants) object.Set(constant.name, Napi::Number::New(object.Env(), constant.value));
}

}  // namespace

void RegisterConstants(Napi::Object exports) {
  Napi::Object constants = Napi::Object::New(exports.Env());
  Add(constants, kReadinessConstants);
  Add(constants, kEpollConstants);
  Add(constants, kFdConstants);
  Add(constants, kSocketConstants);
  Add(constants, kNameConstants);
  Add(constants, kLayout);
  exports.Set("constants", constants);

  Napi::Object errnos = Napi::Object::New(exports.Env());
  Add(errnos, kErrnos);
  exports.Set("errnos", errnos);
}
