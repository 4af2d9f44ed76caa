#include "gateway/identity/session_cookie.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/base64url.h"
#include "common/hashing.h"
#include "gateway/identity/cookie.h"

namespace parley::gateway {
namespace {

const std::string kKey(32, 'k');
const std::string kOther(32, 'o');
const std::string kKeys[] = {kKey, kOther};
const SessionIdentity kAnn{.author_id = "ann-1", .name = "Ann É", .issue_time = 1'700'000'000};

std::vector<Cookie> find(std::string_view header, std::size_t count_max = 10) {
  return find_cookies(header, "b", count_max);
}

TEST(CookieTest, FindsThoseWhoseNamesBeginSo) {
  using Cookies = std::vector<Cookie>;
  EXPECT_EQ(find("a=1; b=2; b_8080=3;bc=4; b=5"), (Cookies{{"b", "2"}, {"b_8080", "3"}, {"bc", "4"}, {"b", "5"}}));
  EXPECT_EQ(find("a=1; b=2; b_8080=3", 1), (Cookies{{"b", "2"}}));
  EXPECT_EQ(find("  b = 1 ;a=\"2\""), (Cookies{{"b", "1"}}));
  EXPECT_EQ(find("a=1;b=\"2\""), (Cookies{{"b", "2"}}));
  EXPECT_EQ(find("b=x=y"), (Cookies{{"b", "x=y"}}));
  EXPECT_EQ(find("b="), (Cookies{{"b", ""}}));
  EXPECT_EQ(find("b=1 2; b=3"), (Cookies{{"b", "3"}})) << "one that is broken hides none";
}

TEST(CookieTest, AndNothingElse) {
  for (const std::string_view header :
       {"", ";", "=", ";;=;", "b", "xb=1", "B=1", "a=b=1", "b=1 2", "b=1\x01", "b=\"", "b=1,2", "b=\xc3\xa9"}) {
    EXPECT_TRUE(find(header).empty()) << header;
  }
}

TEST(SessionCookieTest, WhatIsSealedIsOpened) {
  const std::string sealed = seal_session(kAnn, kKey);
  const auto opened = open_session(sealed, kKeys);
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->session, kAnn);
  EXPECT_EQ(opened->key, 0U);
  EXPECT_EQ(open_session(seal_session(kAnn, kOther), kKeys)->key, 1U);
  const SessionIdentity nameless{.author_id = "x", .name = "", .issue_time = 0};
  EXPECT_EQ(open_session(seal_session(nameless, kKey), kKeys)->session, nameless);
  EXPECT_EQ(find_cookies("parley_session=" + sealed, "parley_session", 1).at(0).value, sealed)
      << "a cookie's characters";
}

TEST(SessionCookieTest, TheLongestFits) {
  std::string wide;
  for (int count = 0; count < 40; ++count) wide += "\xf0\x9f\x98\x80";
  const SessionIdentity longest{.author_id = std::string(64, 'a'), .name = wide, .issue_time = INT64_MAX};
  const std::string sealed = seal_session(longest, kKey);
  EXPECT_LE(sealed.size(), kSealedSessionBytesMax);
  EXPECT_EQ(open_session(sealed, kKeys)->session, longest);
}

// Whatever is changed, in any place, nobody is let in with it.
TEST(SessionCookieTest, NobodyCanMakeOrChangeOne) {
  const std::string sealed = seal_session(kAnn, kKey);
  for (std::size_t index = 0; index < sealed.size(); ++index) {
    for (const char other : {'A', '.', '\0'}) {
      std::string forged = sealed;
      if (forged[index] == other) continue;
      forged[index] = other;
      EXPECT_FALSE(open_session(forged, kKeys).has_value()) << forged;
    }
    EXPECT_FALSE(open_session(std::string_view(sealed).substr(0, index), kKeys).has_value());
  }
  EXPECT_FALSE(open_session(sealed + "A", kKeys).has_value());
  EXPECT_FALSE(open_session(seal_session(kAnn, std::string(32, 'x')), kKeys).has_value());
  EXPECT_FALSE(open_session(sealed, {}).has_value());
  EXPECT_FALSE(open_session(std::string(100'000, '.'), kKeys).has_value());
}

// A signature is for sessions of this form only: what is signed all the same, but is none, is refused.
TEST(SessionCookieTest, WhatIsSignedMustBeASessionToo) {
  const auto signed_text = [](const std::string& payload) {
    return payload + "." + encode_base64url(bytes_of(hmac_sha256(kKey, "parley session\n" + payload)));
  };
  ASSERT_TRUE(open_session(signed_text("1.7.ann." + encode_base64url("Ann")), kKeys).has_value());
  for (const std::string& payload :
       {std::string("2.7.ann.QW5u"), std::string("1.-7.ann.QW5u"), std::string("1.7 .ann.QW5u"),
        std::string("1.7.a n.QW5u"), std::string("1.7..QW5u"), std::string("1.7.ann.QW5u.x"), std::string("1.7.ann"),
        std::string("1.7.ann.="), std::string("1.99999999999999999999.ann.QW5u"), "1.7.ann." + encode_base64url("A\nB"),
        "1.7.ann." + encode_base64url("\xff")}) {
    EXPECT_FALSE(open_session(signed_text(payload), kKeys).has_value()) << payload;
  }
}

}  // namespace
}  // namespace parley::gateway
