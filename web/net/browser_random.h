// The browser's cryptographic generator.
#pragma once

#include "common/random.h"

namespace parley::web {

class BrowserRandom final : public RandomSource {
 public:
  void fill(std::span<std::byte> bytes) override;
};

}  // namespace parley::web
