#include "gateway/identity/file_stamp.h"

#include <sys/stat.h>

namespace parley::gateway {

FileStamp FileStamp::of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  return {.modify_time_ns = status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec,
          .inode = status.st_ino,
          .bytes = status.st_size};
}

}  // namespace parley::gateway
