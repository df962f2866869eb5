#include "owned_fds.h"

#include "old_glibc.h"
#include "unique_fd.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

namespace {

// The number that Linux 5.2 and newer give each eventfd; empty when it is not known.
std::string EventfdId(int fd) {
  char path[40];
  snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
  UniqueFd info(::open(path, O_RDONLY | O_CLOEXEC));
  char text[512];
  ssize_t length = info.get() < 0 ? -1 : ::read(info.get(), text, sizeof text);
  if (length <= 0) return {};
  std::string lines(text, static_cast<size_t>(length));
  size_t start = lines.find("eventfd-id:");
  if (start == std::string::npos) return {};
  return lines.substr(start, lines.find('\n', start) - start);
}

}  // namespace

void OwnedFds::Add(int fd) {
  File file;
  if (Identify(fd, &file)) files_[fd] = std::move(file);
}

void OwnedFds::CloseAll() {
  for (const auto& [fd, file] : files_) {
    File now;
    if (Identify(fd, &now) && now == file) ::close(fd);
  }
  files_.clear();
}

bool OwnedFds::Identify(int fd, File* file) {
  struct stat status;
  if (Fstat(fd, &status) == -1) return false;
  file->device = status.st_dev;
  file->inode = status.st_ino;
  if ((status.st_mode & S_IFMT) != 0) return true;
  char path[32];
  char kind[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  ssize_t length = ::readlink(path, kind, sizeof kind);
  if (length <= 0) return true;
  file->kind.assign(kind, static_cast<size_t>(length));
  if (file->kind == "anon_inode:[eventfd]") file->kind += EventfdId(fd);
  return true;
}
