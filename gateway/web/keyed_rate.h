// A rate limit for each of many keys, such as addresses.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "gateway/routes/token_bucket.h"

namespace parley::gateway {

// Not thread-safe. Remembers who has taken lately, and no more than so many: then those are forgotten who have taken
// least, so that a crowd of strangers does not give whoever takes much his tokens back.
class KeyedRate {
 public:
  using TimePoint = TokenBucket::TimePoint;

  // For each key: a second, on average.
  struct Limits {
    std::size_t per_second_max;
    std::size_t burst;
  };

  static constexpr std::size_t kKeysMax = 65'536;

  explicit KeyedRate(const Limits& limits, std::size_t keys_max = kKeysMax);

  bool has_token(const std::string& key, TimePoint now);
  // Takes one that is there: see has_token().
  void take(const std::string& key, TimePoint now);
  // Keys that are remembered.
  std::size_t keys() const { return buckets_.size(); }

 private:
  void forget(TimePoint now);
  void forget_thrifty(TimePoint now);

  const Limits limits_;
  const std::size_t keys_max_;
  std::map<std::string, TokenBucket> buckets_;
  std::size_t forget_at_;  // so many keys
};

}  // namespace parley::gateway
