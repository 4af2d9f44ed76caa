#include "gateway/identity/token_identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/errors.h"
#include "common/text_rules.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/gateway/support/fake_clock.h"
#include "tests/unit/gateway/support/token_maker.h"

namespace parley::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string kSecret(32, 's');

class TokenIdentityTest : public testing::Test {
 protected:
  TokenIdentityTest() {
    write_keys(kSecret);
    auto opened = TokenIdentity::open({.keys_file = path_, .audience = "chat", .issuer = "idp"}, clock_, logger_);
    EXPECT_TRUE(opened.ok()) << opened.status();
    identity_ = *std::move(opened);
  }

  void write_keys(const std::string& text) {
    std::ofstream(path_ + ".new") << text;
    std::filesystem::rename(path_ + ".new", path_);
  }
  // `more` begins with a comma. The token is good for ten minutes from now.
  std::string token(const std::string& subject, const std::string& more = "",
                    const std::string& secret = kSecret) const {
    return test::token_of_secret(R"({"alg":"HS256"})",
                                 R"({"sub":")" + subject + R"(","iss":"idp","aud":"chat","exp":)" +
                                     std::to_string(clock_.seconds() + 600) + more + "}",
                                 secret);
  }
  std::string with_claims(const std::string& claims) const {
    return test::token_of_secret(R"({"alg":"HS256"})", claims, kSecret);
  }
  absl::StatusOr<Visitor> visit(const std::string& token, const std::string& name = "") const {
    const std::string header = "Bearer " + token;
    Credentials credentials;
    credentials.authorization = header;
    credentials.claimed_author_id = "claimed";
    credentials.wanted_name = name;
    return identity_->identify(credentials);
  }
  std::string reason(const std::string& token) const {
    const auto visitor = visit(token);
    return visitor.ok() ? "OK" : std::string(error_reason(visitor.status()));
  }

  const test::TemporaryFolder folder_;
  const std::string path_ = folder_.file("keys");
  test::FakeClock clock_;
  std::ostringstream log_;
  Logger logger_{"test", LogLevel::kDebug, clock_, log_};
  std::unique_ptr<TokenIdentity> identity_;
};

TEST_F(TokenIdentityTest, TheTokenSaysWhoOneIs) {
  const Visitor ann = *visit(token("ann", R"(,"name":"Ann","rooms":["den"])"), "Mallory");
  EXPECT_EQ(ann.author_id, "ann");
  EXPECT_EQ(ann.name, "Ann");
  EXPECT_TRUE(ann.is_name_fixed);
  EXPECT_THAT(*ann.rooms, ElementsAre("den"));
  EXPECT_EQ(ann.set_cookie, "");
  const Visitor bo = *visit(token("bo"), "Bo");
  EXPECT_EQ(bo.name, "Bo");
  EXPECT_FALSE(bo.is_name_fixed);
  EXPECT_FALSE(bo.rooms.has_value());
}

TEST_F(TokenIdentityTest, ASubjectThatIsNoIdBecomesOne) {
  const std::string mail = visit(token("ann@example.org"))->author_id;
  EXPECT_EQ(check_identifier(mail), TextProblem::kNone);
  EXPECT_NE(mail, visit(token("bo@example.org"))->author_id);
  EXPECT_EQ(mail, visit(token("ann@example.org"))->author_id);
  EXPECT_NE(visit(token(mail))->author_id, mail) << "nobody is another by being called like the hash";
}

TEST_F(TokenIdentityTest, ANameThatCannotBeShownKeepsNobodyOut) {
  const Visitor visitor = *visit(token("ann", R"(,"name":"A\nnn")"), "Mallory");
  EXPECT_EQ(visitor.name, "");
  EXPECT_TRUE(visitor.is_name_fixed);
}

TEST_F(TokenIdentityTest, WhoBringsNoGoodTokenStaysOut) {
  EXPECT_EQ(std::string(error_reason(identity_->identify({}).status())), "TOKEN_REQUIRED");
  EXPECT_EQ(reason("nonsense"), "TOKEN_INVALID");
  EXPECT_EQ(reason(token("ann", "", std::string(32, 'x'))), "TOKEN_INVALID");
  const std::string exp = R"(,"exp":)" + std::to_string(clock_.seconds() + 600) + "}";
  EXPECT_EQ(reason(with_claims(R"({"sub":"ann","iss":"idp","aud":"mail")" + exp)), "TOKEN_INVALID");
  EXPECT_EQ(reason(with_claims(R"({"sub":"ann","iss":"idp")" + exp)), "TOKEN_INVALID");
  EXPECT_EQ(reason(with_claims(R"({"sub":"ann","iss":"other","aud":"chat")" + exp)), "TOKEN_INVALID");
  EXPECT_EQ(reason(with_claims(R"({"iss":"idp","aud":"chat")" + exp)), "TOKEN_INVALID");
  EXPECT_EQ(reason(with_claims(R"({"sub":"ann","iss":"idp","aud":"chat"})")), "TOKEN_INVALID");
  EXPECT_EQ(reason(with_claims(R"({"sub":"ann","iss":"idp","aud":["mail","chat"])" + exp)), "OK");
}

TEST_F(TokenIdentityTest, TimeCountsWithALittleLeeway) {
  const std::string brief = token("ann");
  const auto expires = *visit(brief)->expire_time - clock_.system_now();
  EXPECT_EQ(expires, std::chrono::seconds(600 + kTokenLeewayS));
  clock_.advance(std::chrono::seconds(600 + kTokenLeewayS - 1));
  EXPECT_EQ(reason(brief), "OK");
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(reason(brief), "TOKEN_EXPIRED");
  const std::string early = token("ann", R"(,"nbf":)" + std::to_string(clock_.seconds() + kTokenLeewayS + 1));
  EXPECT_EQ(reason(early), "TOKEN_INVALID");
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(reason(early), "OK");
  EXPECT_EQ(reason(with_claims(R"({"sub":"ann","iss":"idp","aud":"chat","exp":9000000000000000000})")), "OK");
  EXPECT_EQ(reason(token("ann", R"(,"nbf":-9223372036854775808)")), "OK");
  EXPECT_EQ(reason(with_claims(R"({"sub":"ann","iss":"idp","aud":"chat","exp":-9000000000000000000})")),
            "TOKEN_EXPIRED");
}

TEST_F(TokenIdentityTest, NewKeysAreReadAndBrokenOnesAreNot) {
  const std::string next(32, 'n');
  write_keys(next);
  identity_->reload_if_changed();
  EXPECT_EQ(reason(token("ann")), "TOKEN_INVALID");
  EXPECT_EQ(reason(token("ann", "", next)), "OK");
  write_keys("short");
  identity_->reload_if_changed();
  EXPECT_EQ(reason(token("ann", "", next)), "OK");
  EXPECT_THAT(log_.str(), HasSubstr("token_keys_not_reloaded"));
  EXPECT_THAT(log_.str(), Not(HasSubstr(next)));
}

TEST(FindTokenTest, LooksIntoTheHeaderAndTheSubprotocols) {
  EXPECT_EQ(find_token("Bearer a.b.c", ""), "a.b.c");
  EXPECT_EQ(find_token("bearer  a.b.c ", "chat.v1.json, bearer.x"), "a.b.c");
  EXPECT_EQ(find_token("", "chat.v1.json, bearer.a.b.c"), "a.b.c");
  EXPECT_EQ(find_token("Basic YTpi", "bearer.a.b.c,chat.v1.json"), "a.b.c");
  EXPECT_EQ(find_token("", "chat.v1.json"), "");
  EXPECT_EQ(find_token("", ""), "");
}

}  // namespace
}  // namespace parley::gateway
