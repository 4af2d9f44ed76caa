// The static site, read into memory at the start: a request can only name a key of a map, never a file.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace parley::gateway {

// One coded form of a file.
struct SiteVariant {
  std::string_view coding;  // `br`, `gzip`, or empty for the file itself
  std::string etag;         // strong, RFC 9110, section 8.8.3
  std::string bytes;
};

struct SiteFile {
  std::string content_type;
  std::string cache_control;
  std::vector<SiteVariant> variants;  // the smallest first, the file itself last
};

// Immutable after load, hence thread-safe.
class Site {
 public:
  static constexpr std::size_t kFilesMax = 10'000;
  static constexpr std::size_t kBytesMax = std::size_t{256} * 1024 * 1024;

  // An empty site: nothing is found.
  Site() = default;
  // Reads all regular files below `folder`. FAILED_PRECONDITION (SITE_INVALID), in words for an operator, when it
  // cannot be read, has no index.html or is too large. Symbolic links and hidden files are left out.
  static absl::StatusOr<Site> load(const std::filesystem::path& folder);

  bool empty() const { return files_.empty(); }
  // `path` is the request target's path, not decoded: `/` and `/r/<valid room>` are the page. Null for anything else
  // that is not the exact name of a file.
  const SiteFile* find(std::string_view path) const;

 private:
  std::map<std::string, SiteFile, std::less<>> files_;  // by `/` and the path inside the folder
};

// The variant to send for an Accept-Encoding header (absent: empty); the file itself where nothing else is accepted.
const SiteVariant& choose_variant(const SiteFile& file, std::string_view accept_encoding);

// Whether an If-None-Match header names `etag` (weak comparison, RFC 9110, section 13.1.2).
bool etag_matches(std::string_view if_none_match, std::string_view etag);

// By the ending of the file's name.
std::string_view content_type_of(std::string_view file_name);

}  // namespace parley::gateway
