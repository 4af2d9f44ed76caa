#include "common/text_rules.h"

#include <gtest/gtest.h>

#include <string>

namespace parley {
namespace {

using Problem = TextProblem;

std::string repeat(const std::string& text, std::size_t count) {
  std::string repeated;
  for (std::size_t index = 0; index < count; ++index) repeated += text;
  return repeated;
}

TEST(TextRulesTest, CountsCodePointsOfUtf8) {
  EXPECT_EQ(count_code_points(""), 0u);
  EXPECT_EQ(count_code_points("aé€😀"), 4u);
  for (const char* malformed :
       {"\x80", "\xC3", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF", "a\xE2\x82"}) {
    EXPECT_EQ(count_code_points(malformed), std::string::npos) << malformed;
  }
}

// Eight bytes are looked at together where they can be.
TEST(TextRulesTest, AByteCountsWhereverItStands) {
  const std::string plain = "abcdefghijklmnopqr";
  for (std::size_t place = 0; place < plain.size(); ++place) {
    for (int value = 0; value < 256; ++value) {
      std::string text = plain;
      text[place] = static_cast<char>(value);
      EXPECT_EQ(count_code_points(text), value < 0x80 ? plain.size() : std::string::npos) << value << " at " << place;
      const bool is_printable = value >= 0x20 && value < 0x7F;
      EXPECT_EQ(check_client_time(text), is_printable ? Problem::kNone : Problem::kInvalid) << value << " at " << place;
    }
    std::string text = plain;
    text.replace(place, 1, "€");
    EXPECT_EQ(count_code_points(text), plain.size()) << place;
    EXPECT_EQ(check_body(std::string(place, ' ') + "a" + std::string(20, ' ')), Problem::kNone);
    EXPECT_EQ(check_body(std::string(place, ' ')), Problem::kEmpty);
    EXPECT_EQ(check_author_name(std::string(place, 'a') + " "), Problem::kInvalid);
    EXPECT_EQ(check_author_name(" " + std::string(place + 1, 'a')), Problem::kInvalid);
  }
}

TEST(TextRulesTest, RoomNames) {
  for (const char* name : {"lobby", "0", "a-b_c", "x--"}) EXPECT_EQ(check_room_name(name), Problem::kNone) << name;
  for (const char* name : {"-a", "_a", "A", "a b", "é", "a/b", "a.b", "a\n"}) {
    EXPECT_EQ(check_room_name(name), Problem::kInvalid) << name;
  }
  EXPECT_EQ(check_room_name(""), Problem::kEmpty);
  EXPECT_EQ(check_room_name(repeat("a", 64)), Problem::kNone);
  EXPECT_EQ(check_room_name(repeat("a", 65)), Problem::kTooLong);
}

TEST(TextRulesTest, Identifiers) {
  EXPECT_EQ(check_identifier("-_aZ09"), Problem::kNone);
  EXPECT_EQ(check_identifier(""), Problem::kEmpty);
  EXPECT_EQ(check_identifier(repeat("a", 65)), Problem::kTooLong);
  EXPECT_EQ(check_identifier("a b"), Problem::kInvalid);
  EXPECT_EQ(check_identifier(std::string("a\0", 2)), Problem::kInvalid);
}

TEST(TextRulesTest, AuthorNames) {
  EXPECT_EQ(check_author_name("Zoë van der Berg"), Problem::kNone);
  EXPECT_EQ(check_author_name(repeat("😀", 40)), Problem::kNone);
  EXPECT_EQ(check_author_name(repeat("😀", 41)), Problem::kTooLong);
  EXPECT_EQ(check_author_name(""), Problem::kEmpty);
  for (const char* name : {" a", "a ", "a\u00A0", "a\tb", "a\u0085", "\xFF"}) {
    EXPECT_EQ(check_author_name(name), Problem::kInvalid) << name;
  }
}

TEST(TextRulesTest, PlainNamesShowAllThatIsInThem) {
  for (const char* name : {"Ann", "Zoë van der Berg", "安", "אן", "😀", "-"}) EXPECT_EQ(plain_name(name), name);
  // Direction, joiners, soft hyphen, variation selectors, fillers, tags.
  for (const char* name :
       {"A\u202Enn", "\u2066Ann\u2069", "Ann\u200E", "A\u061Cnn", "\uFEFFAnn", "A\u200Bn\u200Dn", "A\u00ADnn",
        "Ann\uFE0F", "A\u034Fnn", "\u3164Ann", "\u115FAnn", "Ann\U000E0041", "A\u2060nn", "A\uFFF9nn"}) {
    EXPECT_EQ(plain_name(name), "Ann") << name;
  }
  EXPECT_EQ(plain_name("Ann  \u00A0 of\u2003\u2028Kent"), "Ann of Kent");
  EXPECT_EQ(plain_name("\u200B \u200B "), " ");
  EXPECT_EQ(plain_name("\u200B\u202E"), "");
  EXPECT_EQ(plain_name("a\u200Bb\xFF\u200B"), "ab\xFF\u200B");
  EXPECT_EQ(plain_name("a\n\tb"), "a\n\tb");
}

TEST(TextRulesTest, Bodies) {
  EXPECT_EQ(check_body("<b>\n\t'; --"), Problem::kNone);
  EXPECT_EQ(check_body(repeat("€", 4'000)), Problem::kNone);
  EXPECT_EQ(check_body(repeat("€", 4'001)), Problem::kTooLong);
  EXPECT_EQ(check_body(""), Problem::kEmpty);
  EXPECT_EQ(check_body(" \n\u2003"), Problem::kEmpty);
  EXPECT_EQ(check_body(std::string("a\0b", 3)), Problem::kInvalid);
  EXPECT_EQ(check_body("\xC3("), Problem::kInvalid);
}

TEST(TextRulesTest, ClientTimes) {
  EXPECT_EQ(check_client_time(""), Problem::kNone);
  EXPECT_EQ(check_client_time("1700000000000"), Problem::kNone);
  EXPECT_EQ(check_client_time(repeat("1", 65)), Problem::kTooLong);
  EXPECT_EQ(check_client_time("1\n"), Problem::kInvalid);
}

}  // namespace
}  // namespace parley
