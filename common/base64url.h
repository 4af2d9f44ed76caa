// Base64 with the URL-safe alphabet and without padding: RFC 4648, section 5; RFC 7515, appendix C.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace parley {

std::string encode_base64url(std::string_view bytes);

// Nothing for a character of another alphabet, padding, white space, an impossible length, or bits behind the last byte
// that are not zero: a text that is accepted is the only one for its bytes.
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace parley
