#include "common/hashing.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <cstdlib>
#include <cstring>

namespace parley {
namespace {

const unsigned char* unsigned_bytes(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

Sha256Digest sha256(std::string_view bytes) {
  Sha256Digest digest;
  SHA256(unsigned_bytes(bytes), bytes.size(), digest.data());
  return digest;
}

Sha256Digest hmac_sha256(std::string_view key, std::string_view bytes) {
  Sha256Digest digest;
  unsigned length = 0;
  const void* const made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), unsigned_bytes(bytes),
                                bytes.size(), digest.data(), &length);
  // Only without memory, or in a mode of the library that has no SHA-256; a signature that is not one would be worse.
  if (made == nullptr || length != digest.size()) std::abort();
  return digest;
}

bool is_equal_secret(std::string_view left, std::string_view right) {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string_view bytes_of(const Sha256Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::size_t DigestHash::operator()(const Sha256Digest& digest) const {
  std::size_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof hash);
  return hash;
}

}  // namespace parley
