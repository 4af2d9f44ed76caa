#include "gateway/publish/durable_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

#include "gateway/site/descriptor.h"
#include "gateway/site/site_files.h"

namespace parley::gateway {
namespace {

absl::Status failed(std::string_view what, const std::filesystem::path& path) {
  return site_invalid("cannot " + std::string(what) + " " + path.string() + ": " +
                      std::system_category().message(errno));
}

}  // namespace

absl::Status write_durable_file(const std::filesystem::path& path, std::string_view bytes) {
  constexpr int kReadableByAll = 0644;
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kReadableByAll));
  if (file.get() < 0) return failed("make", path);
  while (!bytes.empty()) {
    const ssize_t count = write(file.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return fsync(file.get()) == 0 ? absl::OkStatus() : failed("write", path);
}

absl::Status sync_folder(const std::filesystem::path& folder) {
  const Descriptor opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return opened.get() >= 0 && fsync(opened.get()) == 0 ? absl::OkStatus() : failed("sync", folder);
}

absl::Status replace_name(const std::filesystem::path& from, const std::filesystem::path& to) {
  return rename(from.c_str(), to.c_str()) == 0 ? absl::OkStatus() : failed("rename to", to);
}

}  // namespace parley::gateway
