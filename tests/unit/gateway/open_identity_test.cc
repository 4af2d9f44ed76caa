#include "gateway/identity/open_identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "common/text_rules.h"
#include "tests/unit/gateway/support/fake_clock.h"

namespace parley::gateway {
namespace {

using std::chrono::hours;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class OpenIdentityTest : public testing::Test {
 protected:
  OpenIdentity make(SessionCookie cookie = SessionCookie::kAsTransport) {
    auto keys = SessionKeys::open("", random_, clock_, logger_);
    return {*std::move(keys), hours(24) * 30, cookie, random_, clock_};
  }
  Visitor visit(const std::string& cookies, const std::string& name = "", const std::string& claimed = "") const {
    return *identity_.identify({.cookies = cookies,
                                .authorization = {},
                                .subprotocols = {},
                                .claimed_author_id = claimed,
                                .wanted_name = name,
                                .security = security_});
  }
  // As a browser sends it back.
  static std::string cookie_of(const Visitor& visitor) {
    return visitor.set_cookie.substr(0, visitor.set_cookie.find(';'));
  }

  test::FakeClock clock_;
  SystemRandom random_;
  std::ostringstream log_;
  Logger logger_{"test", LogLevel::kDebug, clock_, log_};
  TransportSecurity security_ = TransportSecurity::kPlain;
  const OpenIdentity identity_ = make();
};

TEST_F(OpenIdentityTest, WhoeverComesFirstIsSomebodyNew) {
  const Visitor one = visit("");
  const Visitor other = visit("theme=dark");
  EXPECT_NE(one.author_id, other.author_id);
  EXPECT_EQ(check_identifier(one.author_id), TextProblem::kNone);
  EXPECT_EQ(one.name, "");
}

TEST_F(OpenIdentityTest, ComesBackAsTheSameWithTheName) {
  const Visitor first = visit("", "Ann");
  const Visitor again = visit("theme=dark; " + cookie_of(first));
  EXPECT_EQ(again.author_id, first.author_id);
  EXPECT_EQ(again.name, "Ann");
  EXPECT_EQ(again.set_cookie, "") << "nothing is new";
}

TEST_F(OpenIdentityTest, WhatAClientSaysOfItsAuthorIdCountsForNothing) {
  const Visitor victim = visit("");
  EXPECT_NE(visit("", "", victim.author_id).author_id, victim.author_id);
  const Visitor thief = visit("");
  EXPECT_EQ(visit(cookie_of(thief), "", victim.author_id).author_id, thief.author_id);
}

TEST_F(OpenIdentityTest, ANewNameGoesIntoTheSession) {
  const Visitor first = visit("", "Ann");
  const Visitor renamed = visit(cookie_of(first), "Anna");
  EXPECT_EQ(renamed.author_id, first.author_id);
  EXPECT_EQ(visit(cookie_of(renamed)).name, "Anna");
}

TEST_F(OpenIdentityTest, ASessionInUseIsRenewedAndOneThatIsNotEnds) {
  const Visitor first = visit("");
  clock_.advance(hours(23));
  EXPECT_EQ(visit(cookie_of(first)).set_cookie, "");
  clock_.advance(hours(24 * 29));
  const Visitor renewed = visit(cookie_of(first));
  EXPECT_EQ(renewed.author_id, first.author_id);
  clock_.advance(hours(24 * 30));
  EXPECT_EQ(visit(cookie_of(renewed)).author_id, first.author_id);
  EXPECT_NE(visit(cookie_of(first)).author_id, first.author_id);
}

TEST_F(OpenIdentityTest, OneThatAnotherKeyHasSignedIsNobody) {
  const OpenIdentity elsewhere = make();
  const Visitor stranger = *elsewhere.identify({});
  EXPECT_NE(visit(cookie_of(stranger)).author_id, stranger.author_id);
  EXPECT_NE(visit("parley_session=nonsense").author_id, "");
}

TEST_F(OpenIdentityTest, TheCookieIsOutOfTheReachOfScriptsAndOtherSites) {
  EXPECT_THAT(visit("").set_cookie, StartsWith("parley_session="));
  EXPECT_THAT(visit("").set_cookie, HasSubstr("; Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict"));
  EXPECT_THAT(visit("").set_cookie, Not(HasSubstr("Secure")));
  const Visitor plain = visit("");
  security_ = TransportSecurity::kTls;
  EXPECT_THAT(visit("").set_cookie, StartsWith("__Host-parley_session="));
  EXPECT_THAT(visit("").set_cookie, testing::EndsWith("; Secure"));
  // One that came in the clear may have been seen, or set, on the way.
  EXPECT_NE(visit(cookie_of(plain)).author_id, plain.author_id);
}

TEST_F(OpenIdentityTest, BehindAProxyWithTlsTheCookieIsSecureAsWell) {
  const OpenIdentity behind = make(SessionCookie::kSecure);
  const Visitor visitor = *behind.identify({});
  EXPECT_THAT(visitor.set_cookie, StartsWith("__Host-parley_session="));
  EXPECT_THAT(visitor.set_cookie, testing::EndsWith("; Secure"));
  const std::string cookie = cookie_of(visitor);
  Credentials again;
  again.cookies = cookie;
  EXPECT_EQ(behind.identify(again)->author_id, visitor.author_id);
}

TEST(ClaimedIdentityTest, EverybodyIsWhoTheySay) {
  Credentials credentials;
  credentials.claimed_author_id = "ann";
  credentials.wanted_name = "Ann";
  const Visitor visitor = *ClaimedIdentity().identify(credentials);
  EXPECT_EQ(visitor.author_id, "ann");
  EXPECT_EQ(visitor.name, "Ann");
  EXPECT_EQ(visitor.set_cookie, "");
}

}  // namespace
}  // namespace parley::gateway
