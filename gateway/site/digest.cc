#include "gateway/site/digest.h"

#include <openssl/sha.h>

#include <array>

#include "absl/strings/escaping.h"

namespace parley::gateway {

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string sha256_hex(std::string_view bytes) { return absl::BytesToHexString(sha256(bytes)); }

std::string content_digest(std::string_view bytes) {
  constexpr std::size_t kDigitsKept = 32;
  return sha256_hex(bytes).substr(0, kDigitsKept);
}

}  // namespace parley::gateway
