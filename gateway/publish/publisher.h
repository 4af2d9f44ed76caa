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
  bool is_withdrawn;  // a rollback has left it, and nobody has published it since
};

// What becomes of a publish() of a release that is withdrawn.
enum class WhenWithdrawn { kPublish, kKeepCurrent };

// The one writer of a folder of releases: it holds a lock on it as long as it lives. Wherever its process ends,
// gateways find the old release or the new one, whole. All errors: FAILED_PRECONDITION (SITE_INVALID), in words for an
// operator.
class Publisher {
 public:
  // `kept`, releases beside the current one that stay. `settle` is called between the arrival of a release
  // and the switch to it; gateways read it meanwhile. `note` is told, in words for an operator, what was found damaged
  // and is done without.
  struct Settings {
    std::filesystem::path folder;
    std::size_t kept;
    std::function<void()> settle;
    std::function<void(const std::string&)> note = [](const std::string&) {};
  };

  // Makes the folder where it is not there. Waits for another publisher's end.
  static absl::StatusOr<Publisher> open(Settings settings);

  // Makes a release of the site in `site`, checks that it names no asset that it has not and that it lies whole on the
  // disk, switches to it, and removes releases beyond those that are kept. One that is there already, and whole, is
  // switched to. It is not withdrawn afterwards. The id of the release that is current then: with kKeepCurrent that of
  // the old one, if that is whole and the site's release is withdrawn.
  absl::StatusOr<std::string> publish(const std::filesystem::path& site, WhenWithdrawn when = WhenWithdrawn::kPublish);
  // Switches to the newest release before the current one that is whole and not withdrawn, and withdraws the current
  // one; where `current` names none that is known, to the newest of all. Its id.
  absl::StatusOr<std::string> roll_back();
  // The newest last.
  absl::StatusOr<std::vector<PublishedRelease>> list() const;

 private:
  // The ids, the newest last. A file `history` that cannot be read is made up for by the releases that are whole.
  struct History {
    std::vector<std::string> ids;
    bool is_rebuilt = false;
  };

  Publisher(Settings settings, Descriptor lock);
  absl::Status remove_leftovers() const;
  absl::StatusOr<History> read_history() const;
  absl::StatusOr<std::vector<std::string>> whole_releases() const;
  absl::StatusOr<std::string> release_before(const std::vector<std::string>& history, const std::string& current) const;
  absl::Status check(const std::string& id) const;
  absl::Status place(const std::string& id, const std::string& manifest, const SiteFiles& files) const;
  absl::Status switch_over(const std::vector<std::string>& history, const std::string& id) const;
  absl::Status write_history(const std::vector<std::string>& ids) const;
  absl::Status switch_to(const std::string& id) const;
  absl::Status remove_old(std::vector<std::string> history, const std::string& current) const;
  absl::Status put_in_place(const std::filesystem::path& work, std::string_view name) const;
  std::filesystem::path mark_of(const std::string& id) const;
  bool is_withdrawn(const std::string& id) const;
  absl::Status withdraw(const std::string& id) const;
  absl::Status take_back(const std::string& id) const;
  std::filesystem::path work_path(std::string_view name) const;

  Settings settings_;
  Descriptor lock_;
};

}  // namespace parley::gateway
