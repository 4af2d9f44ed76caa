#include "common/hashing.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "common/absl_view.h"
#include "common/base64url.h"

namespace parley {
namespace {

std::string hex(const Sha256Digest& digest) { return absl::BytesToHexString(to_absl(bytes_of(digest))); }

// FIPS 180-4's own example.
TEST(HashingTest, Sha256) {
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// RFC 4231, test case 2.
TEST(HashingTest, Hmac) {
  EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(HashingTest, SecretsAreComparedWhole) {
  EXPECT_TRUE(is_equal_secret("secret", "secret"));
  EXPECT_FALSE(is_equal_secret("secret", "secreT"));
  EXPECT_FALSE(is_equal_secret("secret", "secre"));
  EXPECT_FALSE(is_equal_secret("", "s"));
}

TEST(Base64UrlTest, GoesBothWays) {
  for (const std::string_view bytes : {"", "f", "fo", "foo", "foob", "fooba", "foobar", "\xff\xfe\xfd"}) {
    EXPECT_EQ(decode_base64url(encode_base64url(bytes)), bytes);
  }
  EXPECT_EQ(encode_base64url("foob"), "Zm9vYg");
  EXPECT_EQ(encode_base64url("\xff\xfe\xfd"), "__79");
}

TEST(Base64UrlTest, OneTextForOneValue) {
  for (const std::string_view text : {"Zm9vYg==", "Zm9vYh", "Zm9v Yg", "A", "+/79", "Zm9vY"}) {
    EXPECT_EQ(decode_base64url(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace parley
