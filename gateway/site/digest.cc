#include "gateway/site/digest.h"

#include <openssl/sha.h>

#include <array>

#include "absl/strings/escaping.h"

namespace parley::gateway {

std::string content_digest(std::string_view bytes) {
  constexpr std::size_t kBytesKept = 16;
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), kBytesKept});
}

}  // namespace parley::gateway
