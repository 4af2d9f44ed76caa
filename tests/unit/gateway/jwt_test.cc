#include "gateway/identity/jwt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "gateway/identity/verification_keys.h"
#include "tests/unit/gateway/support/token_maker.h"

namespace parley::gateway {
namespace {

using test::SigningKey;
using test::token_of_key;
using test::token_of_secret;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string kSecret(32, 's');
constexpr const char* kClaims = R"({"sub":"ann","exp":7})";

bool is_signed(const std::string& keys, const std::string& token) {
  const auto parsed_keys = parse_verification_keys(keys);
  EXPECT_TRUE(parsed_keys.ok()) << parsed_keys.status();
  const auto parsed = parse_jwt(token);
  return parsed_keys.ok() && parsed && find_signer(*parsed_keys, *parsed) != nullptr;
}

// RFC 7515, appendix A.1.
TEST(JwtTest, TheDocumentsExampleOfHs256) {
  const std::string keys =
      R"({"keys":[{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}]})";
  const std::string token =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNv"
      "bS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  EXPECT_TRUE(is_signed(keys, token));
  EXPECT_FALSE(is_signed(keys, token.substr(0, token.size() - 1) + "A"));
}

// RFC 8037, appendix A.4 and A.5.
TEST(JwtTest, TheDocumentsExampleOfEdDsa) {
  const std::string keys =
      R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})";
  const std::string token =
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-"
      "09PGcvMg3AIbQR6dWbhijcNR4ki4i"
      "ylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
  EXPECT_TRUE(is_signed(keys, token));
}

TEST(JwtTest, EveryKindOfKeyVerifiesItsOwnAndNoOther) {
  const SigningKey rsa = SigningKey::rsa();
  const SigningKey ed25519 = SigningKey::ed25519();
  const std::string hs256 = token_of_secret(R"({"alg":"HS256"})", kClaims, kSecret);
  const std::string rs256 = token_of_key(R"({"alg":"RS256"})", kClaims, rsa);
  const std::string eddsa = token_of_key(R"({"alg":"EdDSA"})", kClaims, ed25519);
  EXPECT_TRUE(is_signed(kSecret, hs256));
  EXPECT_TRUE(is_signed(rsa.public_pem(), rs256));
  EXPECT_TRUE(is_signed(ed25519.public_pem(), eddsa));
  EXPECT_FALSE(is_signed(std::string(32, 'x'), hs256));
  EXPECT_FALSE(is_signed(SigningKey::rsa().public_pem(), rs256));
  EXPECT_FALSE(is_signed(SigningKey::ed25519().public_pem(), eddsa));
  EXPECT_FALSE(is_signed(ed25519.public_pem(), rs256));
  EXPECT_FALSE(is_signed(rsa.public_pem(), eddsa));
  // A file of several, while one gives way to the next.
  EXPECT_TRUE(is_signed(ed25519.public_pem() + rsa.public_pem(), rs256));
  EXPECT_TRUE(is_signed(ed25519.public_pem() + rsa.public_pem(), eddsa));
}

// The classic attack: the public key, which everybody has, as a secret.
TEST(JwtTest, APublicKeyIsNoSecret) {
  const SigningKey rsa = SigningKey::rsa();
  const std::string pem = rsa.public_pem();
  for (const std::string& secret : {pem, pem.substr(0, pem.size() - 1)}) {
    EXPECT_FALSE(is_signed(pem, token_of_secret(R"({"alg":"HS256"})", kClaims, secret)));
  }
}

TEST(JwtTest, ATokenWithoutASignatureIsNone) {
  const std::string text = test::unsigned_token(R"({"alg":"none"})", kClaims);
  for (const std::string& token :
       {text + ".", text, text + ".AAAA", test::unsigned_token(R"({"alg":"HS256"})", kClaims) + "."}) {
    EXPECT_FALSE(parse_jwt(token).has_value()) << token;
  }
  for (const char* header : {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"hs256"})", R"({"alg":"HS512"})",
                             R"({"alg":"ES256"})", R"({"alg":["HS256"]})", R"({"alg":null})", R"({})", R"([])",
                             R"("HS256")", R"({"alg":"HS256","crit":["exp"]})", "", "{"}) {
    EXPECT_FALSE(parse_jwt(token_of_secret(header, kClaims, kSecret)).has_value()) << header;
  }
  const std::string well = token_of_secret(R"({"alg":"HS256"})", kClaims, kSecret);
  ASSERT_TRUE(parse_jwt(well).has_value());
  for (const std::string& token : {std::string(), std::string("."), std::string(".."), well + ".x", well + "=",
                                   " " + well, "=" + well, std::string(5'000, 'A'), std::string(3'000, '.')}) {
    EXPECT_FALSE(parse_jwt(token).has_value()) << token;
  }
}

TEST(JwtTest, AChangedTokenIsNotSigned) {
  const std::string token = token_of_secret(R"({"alg":"HS256"})", kClaims, kSecret);
  for (std::size_t index = 0; index < token.size(); ++index) {
    std::string forged = token;
    forged[index] = forged[index] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(is_signed(kSecret, forged)) << index;
  }
}

TEST(JwtTest, TheKeysIdNarrowsTheChoice) {
  const std::string keys = R"({"keys":[{"kty":"oct","kid":"new","k":")" + encode_base64url(kSecret) + R"("}]})";
  EXPECT_TRUE(is_signed(keys, token_of_secret(R"({"alg":"HS256","kid":"new"})", kClaims, kSecret)));
  EXPECT_TRUE(is_signed(keys, token_of_secret(R"({"alg":"HS256"})", kClaims, kSecret)));
  EXPECT_FALSE(is_signed(keys, token_of_secret(R"({"alg":"HS256","kid":"old"})", kClaims, kSecret)));
}

TEST(VerificationKeysTest, KeysForOthersArePassedOver) {
  const std::string mine = R"({"kty":"oct","k":")" + encode_base64url(kSecret) + R"("})";
  const auto keys = parse_jwks(
      R"({"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"},{"kty":"RSA","use":"enc","n":"AA","e":"AQAB"},)"
      R"({"kty":"RSA","alg":"RS512","n":"AA","e":"AQAB"},{"kty":"OKP","crv":"X25519","x":"AA"},)" +
      mine + "]}");
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_EQ(keys->size(), 1U);
}

// A key that everybody may know, taken for a secret, would let everybody sign.
TEST(VerificationKeysTest, APublicKeyInAnotherFormIsNoSecret) {
  const auto bare = [](std::string pem) {
    std::string text;
    std::istringstream lines(pem);
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("-----")) text += line;
    }
    return text;
  };
  const std::string rsa = bare(SigningKey::rsa(2'048).public_pem());
  const std::string ed25519 = bare(SigningKey::ed25519().public_pem());
  std::string web_safe = rsa;
  std::replace(web_safe.begin(), web_safe.end(), '+', '-');
  std::replace(web_safe.begin(), web_safe.end(), '/', '_');
  for (const std::string& text :
       {rsa, ed25519, web_safe, bare(SigningKey::elliptic().public_pem()),
        std::string("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBk0yZvCdVvGxXBxYmUqB8Xf2n3sTVKw1fzM2t6n8HpZ ann@example"),
        std::string(R"([{"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}])")}) {
    const absl::Status refused = parse_verification_keys(text).status();
    EXPECT_FALSE(refused.ok()) << text;
    EXPECT_EQ(refused.message().find(text), std::string::npos);
  }
  EXPECT_TRUE(parse_verification_keys(encode_base64url(kSecret)).ok()) << "a secret may be written so";
}

TEST(VerificationKeysTest, WeakOrBrokenKeysAreRefusedWithoutQuotingThem) {
  const std::string short_secret = "hunter2";
  const std::string cases[] = {
      "",
      short_secret,
      kSecret + "\n" + kSecret,
      "{}",
      R"({"keys":{}})",
      R"({"keys":[]})",
      R"({"keys":[7]})",
      R"({"keys":[{"kty":"oct","k":")" + encode_base64url(short_secret) + R"("}]})",
      R"({"keys":[{"kty":"oct","k":"=="}]})",
      R"({"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]})",
      R"({"keys":[{"kty":"RSA"}]})",
      R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"AQAB"}]})",
      SigningKey::rsa(1'024).public_pem(),
      SigningKey::elliptic().public_pem(),
      "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
      "-----BEGIN PUBLIC KEY-----",
  };
  for (const std::string& text : cases) {
    const absl::Status refused = parse_verification_keys(text).status();
    EXPECT_FALSE(refused.ok()) << text;
    EXPECT_THAT(std::string(refused.message()), Not(HasSubstr(short_secret)));
  }
  std::string many = R"({"keys":[)";
  for (int count = 0; count < 33; ++count) {
    many += (count > 0 ? "," : "") + (R"({"kty":"oct","k":")" + encode_base64url(kSecret) + R"("})");
  }
  EXPECT_FALSE(parse_jwks(many + "]}").ok());
}

TEST(JwtClaimsTest, AreReadWithTheirTypes) {
  const auto claims = parse_jwt_claims(
      R"({"sub":"ann","iss":"idp","aud":["chat","mail"],"exp":1700000000.9,"nbf":5,"nick":"Ann","may":["den","a-*"],"x":{}})",
      "nick", "may");
  ASSERT_TRUE(claims.has_value());
  EXPECT_EQ(claims->subject, "ann");
  EXPECT_EQ(claims->issuer, "idp");
  EXPECT_THAT(claims->audience, ElementsAre("chat", "mail"));
  EXPECT_EQ(claims->expire_time, 1'700'000'000);
  EXPECT_EQ(claims->not_before, 5);
  EXPECT_EQ(claims->name, "Ann");
  EXPECT_THAT(*claims->rooms, ElementsAre("den", "a-*"));
  const auto least = parse_jwt_claims(R"({"sub":"ann","exp":7,"aud":"chat","name":7})", "name", "rooms");
  ASSERT_TRUE(least.has_value());
  EXPECT_THAT(least->audience, ElementsAre("chat"));
  EXPECT_FALSE(least->name || least->rooms || least->not_before);
}

TEST(JwtClaimsTest, WhatIsMissingOrOfAnotherTypeIsRefused) {
  for (const char* text :
       {"", "{", "[]", R"({"exp":7})", R"({"sub":"","exp":7})", R"({"sub":7,"exp":7})", R"({"sub":"ann"})",
        R"({"sub":"ann","exp":"7"})", R"({"sub":"ann","exp":1e300})", R"({"sub":"ann","exp":null})",
        R"({"sub":"ann","exp":7,"nbf":"5"})", R"({"sub":"ann","exp":7,"iss":[]})", R"({"sub":"ann","exp":7,"aud":7})",
        R"({"sub":"ann","exp":7,"aud":[7]})", R"({"sub":"ann","exp":7,"rooms":"den"})",
        R"({"sub":"ann","exp":7,"rooms":[1]})"}) {
    EXPECT_FALSE(parse_jwt_claims(text, "name", "rooms").has_value()) << text;
  }
  EXPECT_FALSE(parse_jwt_claims(std::string(100'000, '['), "name", "rooms").has_value());
  EXPECT_FALSE(parse_jwt_claims(R"({"exp":7,"sub":")" + std::string(256, 'a') + R"("})", "name", "rooms").has_value());
}

}  // namespace
}  // namespace parley::gateway
