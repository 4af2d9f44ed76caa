// SHA-256, HMAC-SHA-256, and comparing what is secret.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace parley {

using Sha256Digest = std::array<unsigned char, 32>;

// FIPS 180-4.
Sha256Digest sha256(std::string_view bytes);
// RFC 2104.
Sha256Digest hmac_sha256(std::string_view key, std::string_view bytes);

// Takes as long for two that differ in their first byte as for two that differ in their last.
bool is_equal_secret(std::string_view left, std::string_view right);

// The same bytes, as a view that is valid while `digest` lives.
std::string_view bytes_of(const Sha256Digest& digest);

// Of a digest that is not chosen by whoever looks it up: its own bytes are as good as any.
struct DigestHash {
  std::size_t operator()(const Sha256Digest& digest) const;
};

}  // namespace parley
