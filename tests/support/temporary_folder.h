// A folder of one test's own. ctest runs the tests of one program side by side, so a fixed name would be shared.
#pragma once

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace parley::test {

// Made empty, gone with all that is in it when this ends, unless it is kept.
class TemporaryFolder {
 public:
  // Throws std::system_error when the folder for temporary files takes no more.
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "parley-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::system_error(errno, std::generic_category(), name);
    path_ = name;
  }
  ~TemporaryFolder() {
    if (is_kept_) return;
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // Of a file in it.
  std::string file(const std::string& name) const { return (path_ / name).string(); }

  // It outlives this: for logs that somebody shall read.
  void keep() { is_kept_ = true; }

 private:
  std::filesystem::path path_;
  bool is_kept_ = false;
};

}  // namespace parley::test
