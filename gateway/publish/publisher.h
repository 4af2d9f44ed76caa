// Makes releases, and says which one is served. What gateways read of it: gateway/site/release_folder.h.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "gateway/site/descriptor.h"
#include "gateway/site/site_files.h"

namespace parley::gateway {

struct PublishedRelease {
  std::string id;
  bool is_current;
};

// The one writer of a folder of releases: it holds a lock on it as long as it lives. Wherever its process ends,
// gateways find the old release or the new one, whole. All errors: FAILED_PRECONDITION (SITE_INVALID), in words for an
// operator.
class Publisher {
 public:
  // `kept`, releases beside the current one that stay. `settle` is called between the arrival of a release
  // and the switch to it; gateways read it meanwhile.
  struct Settings {
    std::filesystem::path folder;
    std::size_t kept;
    std::function<void()> settle;
  };

  // Makes the folder where it is not there. Waits for another publisher's end.
  static absl::StatusOr<Publisher> open(Settings settings);

  // Makes a release of the site in `site`, checks it whole as it lies on the disk, switches to it, and removes releases
  // beyond those that are kept. One that is there already, and whole, is switched to. Its id.
  absl::StatusOr<std::string> publish(const std::filesystem::path& site);
  // Switches to the release that was published before the current one, after checking it. Its id.
  absl::StatusOr<std::string> roll_back();
  // The newest last.
  absl::StatusOr<std::vector<PublishedRelease>> list() const;

 private:
  Publisher(Settings settings, Descriptor lock);
  absl::Status remove_leftovers() const;
  absl::Status check(const std::string& id) const;
  absl::Status place(const std::string& id, const std::string& manifest, const SiteFiles& files) const;
  absl::Status write_history(const std::vector<std::string>& ids) const;
  absl::Status switch_to(const std::string& id) const;
  absl::Status remove_old(std::vector<std::string> history, const std::string& current) const;
  std::filesystem::path work_path(std::string_view name) const;

  Settings settings_;
  Descriptor lock_;
};

}  // namespace parley::gateway
