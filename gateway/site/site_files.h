// The files of a site as they lie in a folder.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace parley::gateway {

inline constexpr std::size_t kSiteFilesMax = 10'000;
inline constexpr std::size_t kSiteBytesMax = std::size_t{256} * 1024 * 1024;

struct RawFile {
  std::string content_type;
  std::string bytes;
};

// By `/` and the path inside the folder.
using SiteFiles = std::map<std::string, RawFile, std::less<>>;

// Reads all regular files below `folder`, their types by their names. Symbolic links and hidden files are left out.
// FAILED_PRECONDITION (SITE_INVALID), in words for an operator, when it cannot be read or is too large.
absl::StatusOr<SiteFiles> read_site_folder(const std::filesystem::path& folder);

// One regular file, no symbolic link, of at most that size. The same error.
absl::StatusOr<std::string> read_regular_file(const std::filesystem::path& path, std::size_t bytes_max);

// By the ending of the file's name.
std::string_view content_type_of(std::string_view file_name);

// SITE_INVALID with these words.
absl::Status site_invalid(const std::string& message);

}  // namespace parley::gateway
