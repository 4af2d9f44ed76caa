#pragma once

#include <string>
#include <string_view>

namespace parley::gateway {

// The first 128 bits of SHA-256 as 32 hexadecimal digits: names content, protects nothing.
std::string content_digest(std::string_view bytes);

}  // namespace parley::gateway
