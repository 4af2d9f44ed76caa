#include "gateway/wire/utf8_validator.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "common/text_rules.h"

namespace parley::gateway {
namespace {

bool is_valid(std::string_view text) {
  Utf8Validator validator;
  return validator.take(text) && validator.is_complete();
}

bool is_valid_byte_by_byte(std::string_view text) {
  Utf8Validator validator;
  for (std::size_t index = 0; index < text.size(); ++index) {
    if (!validator.take(text.substr(index, 1))) return false;
  }
  return validator.is_complete();
}

// Every text of up to three bytes, and the edges of four, against another reading of RFC 3629.
TEST(Utf8Validator, AgreesWithTheTextRules) {
  const auto check = [](const std::string& text) {
    const bool expected = count_code_points(text) != std::string::npos;
    ASSERT_EQ(is_valid(text), expected) << testing::PrintToString(text);
    ASSERT_EQ(is_valid_byte_by_byte(text), expected) << testing::PrintToString(text);
  };
  const int edges[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF,
                       0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
  for (int first = 0; first < 256; ++first) {
    check({static_cast<char>(first)});
    for (int second = 0; second < 256; ++second) {
      check({static_cast<char>(first), static_cast<char>(second)});
      for (const int third : edges) {
        check({static_cast<char>(first), static_cast<char>(second), static_cast<char>(third)});
        if (first < 0xC0) continue;
        for (const int fourth : {0x41, 0x80, 0xBF, 0xC0}) {
          check({static_cast<char>(first), static_cast<char>(second), static_cast<char>(third),
                 static_cast<char>(fourth)});
        }
      }
    }
  }
}

TEST(Utf8Validator, FindsAFaultBehindLongStretchesOfAscii) {
  for (std::size_t place = 0; place < 40; ++place) {
    std::string text(40, 'x');
    EXPECT_TRUE(is_valid(text));
    text[place] = '\x80';
    EXPECT_FALSE(is_valid(text)) << place;
  }
}

}  // namespace
}  // namespace parley::gateway
