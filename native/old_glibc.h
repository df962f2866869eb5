// The addon is built on a newer system than the oldest that it runs on, which has glibc 2.28. Since glibc 2.34 the functions for
// threads are in libc.so, with a new version of their symbols that an older glibc does not have. Their code is the same, so the
// addon asks for the version that each glibc has. scripts/prepack.mjs checks that no symbol is too new.
#ifndef TRIPOLL_OLD_GLIBC_H_
#define TRIPOLL_OLD_GLIBC_H_

#if defined(__x86_64__)
#define TRIPOLL_OLDEST_VERSION "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define TRIPOLL_OLDEST_VERSION "GLIBC_2.17"
#endif

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef TRIPOLL_OLDEST_VERSION
#define TRIPOLL_USE_OLDEST(name) __asm__(".symver " #name ", " #name "@" TRIPOLL_OLDEST_VERSION)
TRIPOLL_USE_OLDEST(pthread_attr_setstacksize);
TRIPOLL_USE_OLDEST(pthread_cancel);
TRIPOLL_USE_OLDEST(pthread_create);
TRIPOLL_USE_OLDEST(pthread_join);
TRIPOLL_USE_OLDEST(pthread_sigmask);
#undef TRIPOLL_USE_OLDEST
#endif

// fstat(2). Before glibc 2.33, libc.so had no function of this name; on 64-bit Linux the kernel's struct stat is that of glibc.
inline int Fstat(int fd, struct stat* status) { return static_cast<int>(::syscall(SYS_fstat, fd, status)); }

#endif  // TRIPOLL_OLD_GLIBC_H_
