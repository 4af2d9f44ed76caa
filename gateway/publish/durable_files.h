// Files that are still there after a power cut, and that gateways may read whatever the umask of who publishes.
#pragma once

#include <filesystem>
#include <string_view>

#include "absl/status/status.h"

namespace parley::gateway {

// All: FAILED_PRECONDITION (SITE_INVALID) with the system's reason.

// A new file with these bytes that everybody may read (0644), on the disk when this returns. Its name is so only after
// sync_folder().
absl::Status write_durable_file(const std::filesystem::path& path, std::string_view bytes);

// Makes the folder and those that lead to it, where they are not there. Everybody may read those that it makes (0755);
// the others stay as they are.
absl::Status make_readable_folder(const std::filesystem::path& folder);

// Gives `folder` and all that is in it the modes that the two above give.
absl::Status mend_modes(const std::filesystem::path& folder);

// What has been made, renamed or removed in the folder is on the disk when this returns.
absl::Status sync_folder(const std::filesystem::path& folder);

// rename(2): what had the name `to` is replaced in one step.
absl::Status replace_name(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace parley::gateway
