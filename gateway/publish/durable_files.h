// Files that are still there after a power cut.
#pragma once

#include <filesystem>
#include <string_view>

#include "absl/status/status.h"

namespace parley::gateway {

// All: FAILED_PRECONDITION (SITE_INVALID) with the system's reason.

// A new file with these bytes, on the disk when this returns. Its name is so only after sync_folder().
absl::Status write_durable_file(const std::filesystem::path& path, std::string_view bytes);

// What has been made, renamed or removed in the folder is on the disk when this returns.
absl::Status sync_folder(const std::filesystem::path& folder);

// rename(2): what had the name `to` is replaced in one step.
absl::Status replace_name(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace parley::gateway
