#pragma once

#include <string>
#include <string_view>

namespace parley::gateway {

// SHA-256: 32 bytes.
std::string sha256(std::string_view bytes);

// The same as 64 hexadecimal digits in lower case.
std::string sha256_hex(std::string_view bytes);

// The first 128 bits of SHA-256 as 32 hexadecimal digits: names content, protects nothing.
std::string content_digest(std::string_view bytes);

}  // namespace parley::gateway
