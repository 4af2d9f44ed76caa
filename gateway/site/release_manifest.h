// What a release consists of. The release's id is the SHA-256 of its manifest, which holds that of each file: whoever
// knows the id can tell whether the release is whole.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "gateway/site/site_files.h"

namespace parley::gateway {

inline constexpr std::size_t kManifestBytesMax = std::size_t{8} * 1024 * 1024;

struct ReleaseFile {
  std::string path;  // inside the site, `assets/app.js`: no part of it is empty or begins with a dot
  std::string sha256;
  std::size_t size = 0;
  std::string content_type;
};

// By path.
using ReleaseManifest = std::vector<ReleaseFile>;

ReleaseManifest make_manifest(const SiteFiles& files);

// {"files":[{"path","sha256","size","content_type"}, …]}
std::string encode_manifest(const ReleaseManifest& manifest);

// SITE_INVALID where it is no manifest, or one that leads out of its folder or beyond the limits of a site.
absl::StatusOr<ReleaseManifest> parse_manifest(std::string_view bytes);

// 64 hexadecimal digits in lower case.
bool is_release_id(std::string_view text);

}  // namespace parley::gateway
