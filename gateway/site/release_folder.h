// A folder of releases, as chat-publish keeps it and gateways read it:
//   ID/manifest.json, ID/site/…   a release, named by the SHA-256 of its manifest
//   current                       a symbolic link to the ID that is served
//   history                       the IDs that were published, a line each, the newest last
//   ID.withdrawn                  of a release that a rollback has left, for chat-publish alone
// What else is there, and whatever begins with a dot, is work under way.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "gateway/site/release_manifest.h"

namespace parley::gateway {

inline constexpr std::string_view kCurrentName = "current";
inline constexpr std::string_view kHistoryName = "history";
inline constexpr std::string_view kManifestName = "manifest.json";
inline constexpr std::string_view kSiteName = "site";

// The release that is to be served; empty when nothing has been published yet. SITE_INVALID when `current` is there but
// names no release.
absl::StatusOr<std::string> current_release(const std::filesystem::path& folder);

// Empty when there is none. SITE_INVALID when it cannot be read, or holds anything else.
absl::StatusOr<std::vector<std::string>> release_history(const std::filesystem::path& folder);

// The files of a release, when it is whole: the manifest is that of `id`, and every file in it is there with its size
// and its SHA-256. SITE_INVALID otherwise, with the first thing that is wrong. Reads and hashes everything: not for an
// I/O thread.
absl::StatusOr<SiteFiles> read_release(const std::filesystem::path& folder, std::string_view id);

}  // namespace parley::gateway
