#include "gateway/site/site_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include "common/errors.h"
#include "gateway/site/descriptor.h"

namespace parley::gateway {
namespace {

namespace fs = std::filesystem;

absl::Status unreadable(const fs::path& path) {
  return site_invalid("cannot read " + path.string() + ": " + std::system_category().message(errno));
}

}  // namespace

absl::Status site_invalid(const std::string& message) {
  return make_error(absl::StatusCode::kFailedPrecondition, "SITE_INVALID", message);
}

absl::StatusOr<std::string> read_regular_file(const fs::path& path, std::size_t bytes_max) {
  // Not blocking: it might be a pipe.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.get() < 0) return unreadable(path);
  struct stat about {};
  if (fstat(file.get(), &about) != 0) return unreadable(path);
  if (!S_ISREG(about.st_mode)) return site_invalid(path.string() + " is no regular file");
  std::string bytes;
  // One byte more than there should be: a file that grows meanwhile is noticed.
  bytes.resize(std::min(static_cast<std::size_t>(about.st_size), bytes_max) + 1);
  std::size_t length = 0;
  while (length < bytes.size()) {
    const ssize_t count = read(file.get(), bytes.data() + length, bytes.size() - length);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unreadable(path);
    if (count == 0) break;
    length += static_cast<std::size_t>(count);
  }
  if (length > bytes_max) return site_invalid(path.string() + " is too large");
  bytes.resize(length);
  return bytes;
}

absl::StatusOr<SiteFiles> read_site_folder(const fs::path& folder) {
  SiteFiles files;
  std::size_t bytes = 0;
  std::error_code error;
  fs::recursive_directory_iterator entries(folder, error);
  for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    const bool hidden = entries->path().filename().string().starts_with('.');
    if (hidden && entries->is_directory(error)) entries.disable_recursion_pending();
    if (hidden || entries->is_symlink(error) || !entries->is_regular_file(error)) continue;
    absl::StatusOr<std::string> content = read_regular_file(entries->path(), kSiteBytesMax);
    if (!content.ok()) return content.status();
    bytes += content->size();
    if (bytes > kSiteBytesMax || files.size() >= kSiteFilesMax) return site_invalid("the site is too large");
    std::string name = "/" + entries->path().lexically_relative(folder).generic_string();
    std::string type(content_type_of(name));
    files.emplace(std::move(name), RawFile{std::move(type), *std::move(content)});
  }
  if (error) return site_invalid("cannot read the site folder " + folder.string() + ": " + error.message());
  return files;
}

std::string_view content_type_of(std::string_view file_name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 18> kTypes = {{
      {".html", "text/html; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".wasm", "application/wasm"},
      {".webmanifest", "application/manifest+json"},
      {".json", "application/json"},
      {".map", "application/json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".webp", "image/webp"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".txt", "text/plain; charset=utf-8"},
      {".md", "text/plain; charset=utf-8"},
      {".xml", "application/xml"},
      {".pdf", "application/pdf"},
  }};
  for (const auto& [ending, type] : kTypes) {
    if (file_name.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

}  // namespace parley::gateway
