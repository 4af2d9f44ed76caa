#include "gateway/web/header_list.h"

#include <gtest/gtest.h>

namespace parley::gateway {
namespace {

TEST(HeaderList, KnowsTokens) {
  for (const char* good : {"a", "chat.v1.json", " a\t,b ", ",,a,,", "!#$%&'*+-.^_`|~"}) {
    EXPECT_TRUE(is_token_list(good)) << good;
    EXPECT_TRUE(is_extension_list(good)) << good;
  }
  for (const char* bad : {"", " ", ",", "a b", "a;b", "a/b", "\"a\"", "a\x7f", "\xC3\xA9", "a,b c"}) {
    EXPECT_FALSE(is_token_list(bad)) << bad;
  }
  EXPECT_FALSE(is_token_list(std::string_view("a\0b", 3)));
}

TEST(HeaderList, KnowsExtensionsWithParameters) {
  for (const char* good :
       {"permessage-deflate; client_max_window_bits", "a;b;c=d", "a ; b = c , d", "a; b=\"c\"", "a; b=\"\\c\""}) {
    EXPECT_TRUE(is_extension_list(good)) << good;
  }
  for (const char* bad : {"", ";", "a;", "a; =b", "a; b=", "a; b=\"", "a; b=\"\"", "a; b=\"c d\"", "a; b=\"c\\",
                          "a; b=c=d", "a; b \"c\"", "\"a\"", "a, b@c"}) {
    EXPECT_FALSE(is_extension_list(bad)) << bad;
  }
}

}  // namespace
}  // namespace parley::gateway
