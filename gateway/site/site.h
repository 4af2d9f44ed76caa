// The static site, read into memory: a request can only name a key of a map, never a file.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "gateway/site/site_files.h"

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
  std::string script_sources;         // inline_script_sources of a page; empty otherwise
  std::vector<SiteVariant> variants;  // the smallest first, the file itself last
};

// Immutable once it is made, hence thread-safe. Copies share the files.
class Site {
 public:
  // An empty site: nothing is found.
  Site() = default;
  // Of read_site_folder's files, with its errors; SITE_INVALID also without index.html.
  static absl::StatusOr<Site> load(const std::filesystem::path& folder);
  // SITE_INVALID without index.html.
  static absl::StatusOr<Site> make(const SiteFiles& files);
  // Before it is shared: takes from `other` what lies below /assets/ and has no namesake here. Pages of that site that
  // are still open ask for it.
  void add_assets_of(const Site& other);

  // Names the page's content, as index.html says in its <meta name="version">: an identifier; empty when it does not.
  const std::string& page_version() const { return page_version_; }
  bool empty() const { return files_.empty(); }
  // `path` is the request target's path, not decoded: `/` and `/r/<valid room>` are the page. Null for anything else
  // that is not the exact name of a file.
  const SiteFile* find(std::string_view path) const;

 private:
  std::map<std::string, std::shared_ptr<const SiteFile>, std::less<>> files_;  // by `/` and the path in the folder
  std::string page_version_;
};

// The variant to send for an Accept-Encoding header (absent: empty); the file itself where nothing else is accepted.
const SiteVariant& choose_variant(const SiteFile& file, std::string_view accept_encoding);

// Whether an If-None-Match header names `etag` (weak comparison, RFC 9110, section 13.1.2).
bool etag_matches(std::string_view if_none_match, std::string_view etag);

}  // namespace parley::gateway
