#include "web/model/page_update.h"

#include <utility>

namespace parley::web {

PageUpdate::PageUpdate(PageSource& page, Timers& timers, RandomSource& random, std::function<Use()> use,
                       std::function<void()> changed)
    : page_(page), random_(random), use_(std::move(use)), changed_(std::move(changed)), alarm_(timers) {}

void PageUpdate::told(std::string_view version) {
  const std::string own = page_.version();
  const bool is_newer = !version.empty() && !own.empty() && version != own;
  if (is_newer && version == wanted_) return;
  wanted_ = is_newer ? version : std::string_view();
  alarm_.stop();
  offer(false);
  if (is_newer) look_in(static_cast<int>(random_below(random_, kSpreadMs)));
}

void PageUpdate::look_in(int delay_ms) {
  alarm_.set(delay_ms, [this] { look(); });
}

void PageUpdate::look() {
  const Use use = use_();
  // Servers that do not agree would send the page to and fro: by itself it is loaded once for a version.
  if (use == Use::kIdle && page_.reloaded_for() != wanted_) return page_.reload(wanted_);
  offer(use != Use::kUnsaved);
  if (use == Use::kUnsaved) look_in(kAgainMs);
}

void PageUpdate::accept() {
  if (!offered_) return;
  if (use_() != Use::kUnsaved) return page_.reload(wanted_);
  offer(false);
  look_in(kAgainMs);
}

void PageUpdate::page_hidden() {
  if (offered_) look();
}

void PageUpdate::offer(bool offered) {
  if (std::exchange(offered_, offered) != offered) changed_();
}

}  // namespace parley::web
