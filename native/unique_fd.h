#ifndef TRIPOLL_UNIQUE_FD_H_
#define TRIPOLL_UNIQUE_FD_H_

#include <unistd.h>

// Owns a file descriptor until JavaScript has received it, so that no early return leaks it.
class UniqueFd {
 public:
  explicit UniqueFd(int fd) : fd_(fd) {}
  ~UniqueFd() {
    // close is never called again after EINTR: Linux has released the number already, close(2).
    if (fd_ >= 0) ::close(fd_);
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;

  int get() const { return fd_; }
  int Release() {
    int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_;
};

#endif  // TRIPOLL_UNIQUE_FD_H_
