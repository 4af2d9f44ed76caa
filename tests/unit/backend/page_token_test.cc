#include "backend/chat/page_token.h"

#include <gtest/gtest.h>

#include "common/errors.h"

namespace parley::backend {
namespace {

TEST(PageTokenTest, ComesBackAsItWas) {
  for (const std::int64_t offset : {std::int64_t{1}, std::int64_t{4'711}, INT64_MAX}) {
    const auto cursor = read_page_token("lobby", make_page_token("lobby", {.before_offset = offset}));
    ASSERT_TRUE(cursor.ok());
    EXPECT_EQ(cursor->before_offset, offset);
  }
}

TEST(PageTokenTest, IsSafeInAnAddress) {
  const std::string token = make_page_token("lobby", {.before_offset = INT64_MAX});
  EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
            std::string::npos);
}

TEST(PageTokenTest, OneOfAnotherRoomIsInvalid) {
  const auto cursor = read_page_token("den", make_page_token("lobby", {.before_offset = 5}));
  EXPECT_EQ(error_reason(cursor.status()), "PAGE_TOKEN_INVALID");
  EXPECT_EQ(cursor.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(PageTokenTest, EveryDamagedCharacterIsNoticed) {
  const std::string token = make_page_token("lobby", {.before_offset = 123'456});
  for (std::size_t index = 0; index < token.size(); ++index) {
    for (const char character : {'A', 'Q', 'z', '_', '=', ' ', '\0'}) {
      std::string damaged = token;
      if (damaged[index] == character) continue;
      damaged[index] = character;
      EXPECT_FALSE(read_page_token("lobby", damaged).ok()) << damaged;
    }
  }
}

TEST(PageTokenTest, OtherTextsAreInvalid) {
  const std::string token = make_page_token("lobby", {.before_offset = 5});
  for (const std::string& text : {std::string(), std::string("x"), token + "A", token + "=", token.substr(1),
                                  token.substr(0, token.size() - 1), std::string(10'000, 'A')}) {
    EXPECT_FALSE(read_page_token("lobby", text).ok()) << text;
  }
}

}  // namespace
}  // namespace parley::backend
