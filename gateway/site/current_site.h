// The site that is served now. It is replaced as a whole, at one moment for all threads: whoever has got a page of a
// release finds that release's assets, whichever thread answers.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "gateway/site/site.h"

namespace parley::gateway {

// Thread-safe. The lock is held for the copy of a pointer.
class CurrentSite {
 public:
  // Never null; an empty site at first.
  std::shared_ptr<const Site> get() const {
    const std::lock_guard lock(mutex_);
    return site_;
  }
  void set(std::shared_ptr<const Site> site) {
    const std::lock_guard lock(mutex_);
    site_.swap(site);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Site> site_ = std::make_shared<const Site>();
};

}  // namespace parley::gateway
