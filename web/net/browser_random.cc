#include "web/net/browser_random.h"

#include <emscripten/emscripten.h>

#include <algorithm>

// At most 65,536 bytes a call, says the Web Cryptography API.
// clang-format off
EM_JS(void, parley_random_fill, (void* bytes, int count), {
  crypto.getRandomValues(HEAPU8.subarray(bytes, bytes + count));
})
// clang-format on

namespace parley::web {

void BrowserRandom::fill(std::span<std::byte> bytes) {
  constexpr std::size_t kOnceMax = 65'536;
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), kOnceMax);
    parley_random_fill(bytes.data(), static_cast<int>(count));
    bytes = bytes.subspan(count);
  }
}

}  // namespace parley::web
