// Keeps a gateway's site in line with the folder of releases, on a thread of its own.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <thread>

#include "absl/status/statusor.h"
#include "common/logger.h"
#include "gateway/site/folder_watch.h"
#include "gateway/site/release_shelf.h"

namespace parley::gateway {

class ReleaseWatcher {
 public:
  struct Settings {
    std::filesystem::path folder;
    std::size_t kept;                // see ReleaseShelf
    std::chrono::milliseconds poll;  // the folder is looked at so often though nothing was heard of it
  };
  using OnSite = std::function<void(std::shared_ptr<const Site>)>;

  // FAILED_PRECONDITION (SITE_INVALID) when the folder is not there. `logger` outlives the watcher.
  static absl::StatusOr<std::unique_ptr<ReleaseWatcher>> open(const Settings& settings, const Logger& logger);
  // `watch` is on the settings' folder.
  ReleaseWatcher(const Settings& settings, FolderWatch watch, const Logger& logger);
  // Ends the thread.
  ~ReleaseWatcher();
  ReleaseWatcher(const ReleaseWatcher&) = delete;
  ReleaseWatcher& operator=(const ReleaseWatcher&) = delete;

  // Before start(), on the caller's thread: the site to begin with; null when no release is whole, or none is there.
  std::shared_ptr<const Site> look() { return shelf_.look(); }
  // `on_site` is called on the watcher's thread, with each site that is to be served from then on.
  void start(OnSite on_site);

 private:
  const std::chrono::milliseconds poll_;
  ReleaseShelf shelf_;
  FolderWatch watch_;
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

}  // namespace parley::gateway
