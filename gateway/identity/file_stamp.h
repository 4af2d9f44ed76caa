// Whether a file is still the one that was read.
#pragma once

#include <cstdint>
#include <string>

namespace parley::gateway {

// Of a file's place on the disk, its size and its time of change: another one, or a changed one, has another stamp. A
// file that is not there has one as well.
struct FileStamp {
  std::int64_t modify_time_ns = 0;
  std::uint64_t inode = 0;
  std::int64_t bytes = 0;

  bool operator==(const FileStamp&) const = default;

  // Blocks, for a moment.
  static FileStamp of(const std::string& path);
};

}  // namespace parley::gateway
