#include "gateway/publish/durable_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

#include "gateway/site/descriptor.h"
#include "gateway/site/site_files.h"

namespace parley::gateway {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kFileReadableByAll = 0644;
constexpr mode_t kFolderReadableByAll = 0755;

absl::Status failed(std::string_view what, const fs::path& path, int error = errno) {
  return site_invalid("cannot " + std::string(what) + " " + path.string() + ": " +
                      std::system_category().message(error));
}

// Only where it differs: somebody else's file with the right mode is none of ours to change.
absl::Status mend_mode(const fs::path& path) {
  struct stat about {};
  if (lstat(path.c_str(), &about) != 0) return failed("look at", path);
  const bool is_folder = S_ISDIR(about.st_mode);
  if (!is_folder && !S_ISREG(about.st_mode)) return absl::OkStatus();
  const mode_t wanted = is_folder ? kFolderReadableByAll : kFileReadableByAll;
  constexpr mode_t kPermissions = 07777;
  if ((about.st_mode & kPermissions) == wanted || chmod(path.c_str(), wanted) == 0) return absl::OkStatus();
  return failed("set the mode of", path);
}

}  // namespace

absl::Status write_durable_file(const fs::path& path, std::string_view bytes) {
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kFileReadableByAll));
  if (file.get() < 0) return failed("make", path);
  if (fchmod(file.get(), kFileReadableByAll) != 0) return failed("set the mode of", path);
  while (!bytes.empty()) {
    const ssize_t count = write(file.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return fsync(file.get()) == 0 ? absl::OkStatus() : failed("write", path);
}

absl::Status make_readable_folder(const fs::path& folder) {
  std::error_code error;
  if (fs::is_directory(folder, error)) return absl::OkStatus();
  if (folder.has_parent_path() && folder.parent_path() != folder) {
    if (absl::Status made = make_readable_folder(folder.parent_path()); !made.ok()) return made;
  }
  if (mkdir(folder.c_str(), kFolderReadableByAll) != 0) {
    const int reason = errno;
    return fs::is_directory(folder, error) ? absl::OkStatus() : failed("make", folder, reason);
  }
  return mend_mode(folder);
}

absl::Status mend_modes(const fs::path& folder) {
  // A folder before what is in it: it may be one that cannot be entered.
  if (absl::Status mended = mend_mode(folder); !mended.ok()) return mended;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const bool is_folder = fs::is_directory(entry->symlink_status(error));
    if (absl::Status mended = is_folder ? mend_modes(entry->path()) : mend_mode(entry->path()); !mended.ok()) {
      return mended;
    }
  }
  return error ? failed("read", folder, error.value()) : absl::OkStatus();
}

absl::Status sync_folder(const fs::path& folder) {
  const Descriptor opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return opened.get() >= 0 && fsync(opened.get()) == 0 ? absl::OkStatus() : failed("sync", folder);
}

absl::Status replace_name(const fs::path& from, const fs::path& to) {
  return rename(from.c_str(), to.c_str()) == 0 ? absl::OkStatus() : failed("rename to", to);
}

}  // namespace parley::gateway
