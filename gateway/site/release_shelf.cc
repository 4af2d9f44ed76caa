#include "gateway/site/release_shelf.h"

#include <algorithm>
#include <utility>

#include "gateway/site/release_folder.h"

namespace parley::gateway {

ReleaseShelf::ReleaseShelf(std::filesystem::path folder, std::size_t kept, const Logger& logger)
    : folder_(std::move(folder)), kept_(kept), logger_(logger) {}

std::shared_ptr<const Site> ReleaseShelf::look() {
  absl::StatusOr<std::vector<std::string>> history = release_history(folder_);
  judge(std::string(kHistoryName), history.status());
  if (history.ok()) history_ = *std::move(history);
  const absl::StatusOr<std::string> found = current_release(folder_);
  judge(std::string(kCurrentName), found.status());
  const std::string current = found.value_or(std::string());

  // As many as chat-publish leaves there.
  const std::size_t held = std::min(history_.size(), kept_ + 1);
  std::vector<std::string> wanted(history_.end() - static_cast<std::ptrdiff_t>(held), history_.end());
  const auto is_wanted = [&wanted](const std::string& id) {
    return std::find(wanted.begin(), wanted.end(), id) != wanted.end();
  };
  if (!current.empty() && !is_wanted(current)) wanted.push_back(current);
  for (const std::string& id : wanted) {
    if (!loaded_.contains(id)) load(id);
  }
  choose(current, wanted);
  std::erase_if(loaded_, [&](const auto& entry) { return entry.first != serving_ && !is_wanted(entry.first); });
  std::erase_if(refused_, [&](const auto& entry) { return is_release_id(entry.first) && !is_wanted(entry.first); });
  return put_together(wanted);
}

void ReleaseShelf::load(const std::string& id) {
  const absl::StatusOr<SiteFiles> files = read_release(folder_, id);
  absl::StatusOr<Site> site = files.ok() ? Site::make(*files) : files.status();
  judge(id, site.status());
  if (site.ok()) loaded_.emplace(id, std::make_shared<const Site>(*std::move(site)));
}

void ReleaseShelf::judge(const std::string& what, const absl::Status& status) {
  if (status.ok()) {
    refused_.erase(what);
    return;
  }
  const std::string message(status.message());
  std::string& told = refused_[what];
  if (std::exchange(told, message) == message) return;
  logger_.error("release_refused", {{"release", what}, {"error", message}, {"serving", serving_}});
}

void ReleaseShelf::choose(const std::string& current, const std::vector<std::string>& wanted) {
  if (loaded_.contains(current)) {
    serving_ = current;
    return;
  }
  if (!serving_.empty()) return;
  const auto newest =
      std::find_if(wanted.rbegin(), wanted.rend(), [this](const std::string& id) { return loaded_.contains(id); });
  if (newest == wanted.rend()) return;
  serving_ = *newest;
  logger_.warning("release_fallback", {{"release", serving_}, {"current", current}});
}

// Where two have an asset of one name, the newer one's is taken.
std::shared_ptr<const Site> ReleaseShelf::put_together(const std::vector<std::string>& wanted) {
  if (serving_.empty()) return nullptr;
  std::vector<std::string> parts = {serving_};
  for (auto id = wanted.rbegin(); id != wanted.rend(); ++id) {
    if (*id != serving_ && loaded_.contains(*id)) parts.push_back(*id);
  }
  if (parts == shown_) return nullptr;
  const bool is_switch = shown_.empty() || shown_.front() != serving_;
  shown_ = std::move(parts);
  auto site = std::make_shared<Site>(*loaded_.at(serving_));
  for (std::size_t index = 1; index < shown_.size(); ++index) site->add_assets_of(*loaded_.at(shown_[index]));
  if (is_switch) {
    logger_.info("release_served", {{"release", serving_}, {"page_version", site->page_version()}});
  }
  return site;
}

}  // namespace parley::gateway
