#ifndef TRIPOLL_OWNED_FDS_H_
#define TRIPOLL_OWNED_FDS_H_

#include <sys/types.h>

#include <map>
#include <string>

// The fds that one environment closes when it ends.
//
// Other code may close one of these fds without our knowledge (fs.closeSync, a thread that got the number), and then the
// number may belong to another file. So the set remembers which file an fd stood for, and closes only that file.
class OwnedFds {
 public:
  void Add(int fd);
  void Remove(int fd) { files_.erase(fd); }
  void CloseAll();

 private:
  struct File {
    dev_t device;
    ino_t inode;
    // An eventfd and an epoll have no inode of their own: this text tells them apart, except for two epolls. Other files
    // have no text.
    std::string kind;
    bool operator==(const File& other) const {
      return device == other.device && inode == other.inode && kind == other.kind;
    }
  };

  static bool Identify(int fd, File* file);

  // std::map rather than std::unordered_map, whose code needs a symbol of libstdc++ that Node 20 does not need.
  std::map<int, File> files_;
};

#endif  // TRIPOLL_OWNED_FDS_H_
