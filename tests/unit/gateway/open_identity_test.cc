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
                                .port = port_,
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
  std::uint16_t port_ = 0;
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

// A browser keeps the cookies of a host together, whatever its ports.
TEST_F(OpenIdentityTest, SystemsOnOneHostLeaveEachOthersSessionsAlone) {
  const OpenIdentity other = make();
  const auto visit_other = [&other](const std::string& cookies) {
    Credentials credentials;
    credentials.cookies = cookies;
    credentials.port = 8081;
    return *other.identify(credentials);
  };
  port_ = 8080;
  const Visitor here = visit("", "Ann");
  const Visitor there = visit_other(cookie_of(here));
  EXPECT_THAT(here.set_cookie, StartsWith("parley_session_8080="));
  EXPECT_THAT(there.set_cookie, StartsWith("parley_session_8081="));
  const std::string jar = cookie_of(here) + "; " + cookie_of(there);
  EXPECT_EQ(visit(jar).author_id, here.author_id);
  EXPECT_EQ(visit_other(jar).author_id, there.author_id);
  EXPECT_EQ(visit(jar).set_cookie + visit_other(jar).set_cookie, "") << "nothing is new";
}

TEST_F(OpenIdentityTest, AnotherPortOfTheSameSystemAndAnOlderVersionsCookieAreTheSamePerson) {
  const Visitor old = visit("", "Ann");
  port_ = 8080;
  const Visitor first = visit(cookie_of(old));
  EXPECT_EQ(first.author_id, old.author_id);
  EXPECT_THAT(first.set_cookie, StartsWith("parley_session_8080="));
  port_ = 8082;
  const Visitor second = visit(cookie_of(old) + "; " + cookie_of(first));
  EXPECT_EQ(second.author_id, old.author_id);
  port_ = 8080;
  const Visitor renamed = visit(cookie_of(old) + "; " + cookie_of(first), "Bo");
  EXPECT_EQ(visit(cookie_of(old) + "; " + cookie_of(renamed)).name, "Bo") << "its own counts before the others";
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
