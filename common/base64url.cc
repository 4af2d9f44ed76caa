#include "common/base64url.h"

#include <cstddef>
#include <cstdint>

namespace parley {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr unsigned kBitsOfDigit = 6;
constexpr unsigned kBitsOfByte = 8;

int digit_value(char character) {
  if (character >= 'A' && character <= 'Z') return character - 'A';
  if (character >= 'a' && character <= 'z') return character - 'a' + 26;
  if (character >= '0' && character <= '9') return character - '0' + 52;
  if (character == '-') return 62;
  return character == '_' ? 63 : -1;
}

}  // namespace

std::string encode_base64url(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() * kBitsOfByte + kBitsOfDigit - 1) / kBitsOfDigit);
  std::uint32_t buffer = 0;
  unsigned bits = 0;
  for (const char byte : bytes) {
    buffer = (buffer << kBitsOfByte) | static_cast<std::uint8_t>(byte);
    bits += kBitsOfByte;
    while (bits >= kBitsOfDigit) {
      bits -= kBitsOfDigit;
      text.push_back(kAlphabet[(buffer >> bits) & 0x3F]);
    }
  }
  if (bits > 0) text.push_back(kAlphabet[(buffer << (kBitsOfDigit - bits)) & 0x3F]);
  return text;
}

std::optional<std::string> decode_base64url(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() * kBitsOfDigit / kBitsOfByte);
  std::uint32_t buffer = 0;
  unsigned bits = 0;
  for (const char character : text) {
    const int value = digit_value(character);
    if (value < 0) return std::nullopt;
    buffer = (buffer << kBitsOfDigit) | static_cast<std::uint32_t>(value);
    bits += kBitsOfDigit;
    if (bits < kBitsOfByte) continue;
    bits -= kBitsOfByte;
    bytes.push_back(static_cast<char>((buffer >> bits) & 0xFF));
  }
  const bool has_rest = bits >= kBitsOfDigit || (buffer & ((1U << bits) - 1)) != 0;
  if (has_rest) return std::nullopt;
  return bytes;
}

}  // namespace parley
