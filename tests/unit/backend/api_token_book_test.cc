#include "backend/chat/api_token_book.h"

#include <gtest/gtest.h>

#include <sstream>

#include "common/errors.h"
#include "tests/unit/backend/support/fake_clock.h"
#include "tests/unit/backend/support/fake_token_source.h"

namespace parley::backend {
namespace {

using std::chrono::milliseconds;

class ApiTokenBookTest : public testing::Test {
 protected:
  std::string reason(const std::string& token) const {
    return std::string(error_reason(book_.find(sha256(token)).status()));
  }

  FakeClock clock_;
  std::ostringstream log_;
  Logger logger_{"test", LogLevel::kDebug, clock_, log_};
  FakeTokenSource source_;
  ApiTokenBook book_{source_, milliseconds(30'000), clock_, logger_};
};

TEST_F(ApiTokenBookTest, KnowsWhatTheLastReadingBrought) {
  source_.add("one", {ApiScope::kRead});
  EXPECT_EQ(reason("one"), "DATABASE_UNAVAILABLE");
  book_.refresh();
  EXPECT_EQ(book_.find(sha256("one"))->token_id, 1);
  EXPECT_EQ(reason("two"), "TOKEN_INVALID");
  source_.add("two", {ApiScope::kSend}, "bot");
  book_.refresh();
  EXPECT_EQ(book_.find(sha256("two"))->author_id, "bot");
}

TEST_F(ApiTokenBookTest, LookingForOneAsksNoDatabase) {
  book_.refresh();
  for (int time = 0; time < 100; ++time) EXPECT_EQ(reason("guess"), "TOKEN_INVALID");
  EXPECT_EQ(source_.readings, 1);
}

TEST_F(ApiTokenBookTest, WhatIsTakenAwayIsForgottenAndTold) {
  int told = 0;
  book_.set_on_taken_away([&told] { ++told; });
  source_.add("one", {ApiScope::kRead});
  book_.refresh();
  source_.add("two", {ApiScope::kRead});
  book_.refresh();
  EXPECT_EQ(told, 0);
  EXPECT_TRUE(book_.check(1).ok());
  source_.tokens.erase(source_.tokens.begin());
  book_.refresh();
  EXPECT_EQ(told, 1);
  EXPECT_EQ(reason("one"), "TOKEN_INVALID");
  EXPECT_EQ(error_reason(book_.check(1)), "TOKEN_INVALID");
  EXPECT_TRUE(book_.check(2).ok());
}

TEST_F(ApiTokenBookTest, WithoutNewsNobodyIsKnownAfterAWhile) {
  source_.add("one", {ApiScope::kRead});
  book_.refresh();
  source_.fails = true;
  clock_.advance(milliseconds(30'000));
  book_.refresh();
  EXPECT_TRUE(book_.find(sha256("one")).ok());
  clock_.advance(milliseconds(1));
  EXPECT_EQ(reason("one"), "DATABASE_UNAVAILABLE");
  source_.fails = false;
  book_.refresh();
  EXPECT_TRUE(book_.find(sha256("one")).ok());
}

// Streams that are open go on no longer than calls are answered.
TEST_F(ApiTokenBookTest, WithoutNewsItIsToldOnceThatNobodyIsKnown) {
  int told = 0;
  book_.set_on_taken_away([&] {
    ++told;
    EXPECT_EQ(error_reason(book_.check(1)), "DATABASE_UNAVAILABLE");
  });
  source_.add("one", {ApiScope::kRead});
  book_.refresh();
  // A database that refuses, and one that does not answer.
  for (const bool holds : {false, true}) {
    source_.fails = true;
    source_.holds = holds;
    book_.refresh();
    clock_.advance(milliseconds(30'001));
    book_.refresh();
    book_.refresh();
    EXPECT_EQ(told, holds ? 2 : 1);
    source_.fails = source_.holds = false;
    if (holds) source_.answer();
    book_.refresh();
    EXPECT_TRUE(book_.check(1).ok());
  }
}

// What a slow reading brings was true when it began, not when it came.
TEST_F(ApiTokenBookTest, AReadingIsAsOldAsItsBeginning) {
  source_.add("one", {ApiScope::kRead});
  source_.holds = true;
  book_.refresh();
  book_.refresh();
  EXPECT_EQ(source_.readings, 1);
  clock_.advance(milliseconds(30'001));
  source_.answer();
  EXPECT_EQ(reason("one"), "DATABASE_UNAVAILABLE");
}

}  // namespace
}  // namespace parley::backend
