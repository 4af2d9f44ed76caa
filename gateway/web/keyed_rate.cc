#include "gateway/web/keyed_rate.h"

#include <algorithm>
#include <vector>

namespace parley::gateway {
namespace {

constexpr std::size_t kForgetAtLeast = 1'024;

}  // namespace

KeyedRate::KeyedRate(const Limits& limits, std::size_t keys_max)
    : limits_(limits), keys_max_(keys_max), forget_at_(std::min(kForgetAtLeast, keys_max)) {}

bool KeyedRate::has_token(const std::string& key, TimePoint now) {
  const auto found = buckets_.find(key);
  return found == buckets_.end() || found->second.has_token(now);
}

void KeyedRate::take(const std::string& key, TimePoint now) {
  const auto found = buckets_.find(key);
  if (found != buckets_.end()) return found->second.take();
  if (buckets_.size() >= forget_at_) forget(now);
  TokenBucket bucket(limits_.per_second_max, limits_.burst, now);
  bucket.take();
  buckets_.emplace(key, bucket);
}

// A full bucket says no more than none.
void KeyedRate::forget(TimePoint now) {
  std::erase_if(buckets_, [now](const auto& entry) { return entry.second.is_full(now); });
  if (buckets_.size() > keys_max_ / 2) forget_thrifty(now);
  forget_at_ = std::clamp(buckets_.size() * 2, std::min(kForgetAtLeast, keys_max_), keys_max_);
}

// One half stays, so that this is seldom.
void KeyedRate::forget_thrifty(TimePoint now) {
  std::vector<double> spent;
  spent.reserve(buckets_.size());
  for (const auto& [key, bucket] : buckets_) spent.push_back(bucket.spent(now));
  std::size_t excess = buckets_.size() - keys_max_ / 2;
  const auto last = spent.begin() + static_cast<std::ptrdiff_t>(excess) - 1;
  std::nth_element(spent.begin(), last, spent.end());
  std::erase_if(buckets_, [&](const auto& entry) {
    if (excess == 0 || entry.second.spent(now) > *last) return false;
    --excess;
    return true;
  });
}

}  // namespace parley::gateway
