#include "gateway/site/release_folder.h"

#include <system_error>
#include <utility>

#include "absl/strings/str_split.h"
#include "gateway/site/digest.h"

namespace parley::gateway {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHistoryBytesMax = std::size_t{64} * 1024;

}  // namespace

absl::StatusOr<std::string> current_release(const fs::path& folder) {
  const fs::path link = folder / kCurrentName;
  std::error_code error;
  const fs::path target = fs::read_symlink(link, error);
  if (error == std::errc::no_such_file_or_directory) return std::string();
  if (error) return site_invalid("cannot read the link " + link.string() + ": " + error.message());
  std::string id = target.string();
  if (!is_release_id(id)) return site_invalid(link.string() + " names no release");
  return id;
}

absl::StatusOr<std::vector<std::string>> release_history(const fs::path& folder) {
  const fs::path path = folder / kHistoryName;
  std::vector<std::string> ids;
  std::error_code error;
  if (!fs::exists(fs::symlink_status(path, error))) return ids;
  const absl::StatusOr<std::string> text = read_regular_file(path, kHistoryBytesMax);
  if (!text.ok()) return text.status();
  for (const absl::string_view line : absl::StrSplit(*text, '\n', absl::SkipEmpty())) {
    std::string id(line);
    if (!is_release_id(id)) return site_invalid(path.string() + " has a line that is no release");
    ids.push_back(std::move(id));
  }
  return ids;
}

absl::StatusOr<SiteFiles> read_release(const fs::path& folder, std::string_view id) {
  const fs::path release = folder / id;
  const absl::StatusOr<std::string> encoded = read_regular_file(release / kManifestName, kManifestBytesMax);
  if (!encoded.ok()) return encoded.status();
  if (sha256_hex(*encoded) != id) return site_invalid("the manifest is not that of the release");
  const absl::StatusOr<ReleaseManifest> manifest = parse_manifest(*encoded);
  if (!manifest.ok()) return manifest.status();
  SiteFiles files;
  for (const ReleaseFile& file : *manifest) {
    absl::StatusOr<std::string> bytes = read_regular_file(release / kSiteName / file.path, file.size);
    if (!bytes.ok()) return bytes.status();
    if (bytes->size() != file.size) return site_invalid(file.path + " is too short");
    if (sha256_hex(*bytes) != file.sha256) return site_invalid(file.path + " is not what the manifest says");
    files.emplace("/" + file.path, RawFile{file.content_type, *std::move(bytes)});
  }
  return files;
}

}  // namespace parley::gateway
