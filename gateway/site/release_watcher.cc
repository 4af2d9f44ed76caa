#include "gateway/site/release_watcher.h"

#include <utility>

namespace parley::gateway {

absl::StatusOr<std::unique_ptr<ReleaseWatcher>> ReleaseWatcher::open(const Settings& settings, const Logger& logger) {
  absl::StatusOr<FolderWatch> watch = FolderWatch::open(settings.folder);
  if (!watch.ok()) return watch.status();
  if (!watch->watching()) logger.warning("releases_not_watched", {{"poll_ms", settings.poll.count()}});
  return std::make_unique<ReleaseWatcher>(settings, *std::move(watch), logger);
}

ReleaseWatcher::ReleaseWatcher(const Settings& settings, FolderWatch watch, const Logger& logger)
    : poll_(settings.poll), shelf_(settings.folder, settings.kept, logger), watch_(std::move(watch)) {}

ReleaseWatcher::~ReleaseWatcher() {
  ending_ = true;
  watch_.wake();
  if (thread_.joinable()) thread_.join();
}

void ReleaseWatcher::start(OnSite on_site) {
  thread_ = std::thread([this, on_site = std::move(on_site)] {
    while (!ending_) {
      watch_.wait(poll_);
      if (std::shared_ptr<const Site> site = ending_ ? nullptr : shelf_.look()) on_site(std::move(site));
    }
  });
}

}  // namespace parley::gateway
