// The operator's command, and what backends read of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "backend/app/token_command.h"
#include "backend/postgres/api_token_rows.h"
#include "common/errors.h"
#include "tests/postgres/support/test_database.h"

namespace parley::backend {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

struct Said {
  int status;
  std::string output;
  std::string remarks;
};

class ApiTokensTest : public testing::Test {
 protected:
  Said run(std::vector<std::string> arguments) {
    std::ostringstream output;
    std::ostringstream remarks;
    arguments.push_back("--database_url=" + database_.connection_string());
    const int status = run_token_command(std::move(arguments), {}, random_, output, remarks);
    return {status, output.str(), remarks.str()};
  }
  // The token itself.
  std::string create(const std::string& label, const std::string& scopes, const std::string& more = "") {
    std::vector<std::string> arguments{"create", "--label=" + label, "--scopes=" + scopes};
    if (!more.empty()) arguments.push_back(more);
    const Said said = run(std::move(arguments));
    EXPECT_EQ(said.status, 0) << said.remarks;
    return said.output.substr(0, said.output.find('\n'));
  }
  std::vector<std::int64_t> valid_ids() {
    Answer<std::vector<ApiToken>> answer;
    store_->read_api_tokens(answer.completion());
    std::vector<std::int64_t> ids;
    const absl::StatusOr<std::vector<ApiToken>> tokens = answer.wait();
    EXPECT_TRUE(tokens.ok()) << tokens.status();
    for (const ApiToken& token : tokens.value()) ids.push_back(token.token_id);
    return ids;
  }

  MigratedDatabase database_;
  TestStore store_{database_};
  SystemRandom random_;
};

TEST_F(ApiTokensTest, OnlyTheHashIsStored) {
  const std::string token = create("a bot", "read,send", "--author_id=bot-1");
  EXPECT_THAT(token, testing::StartsWith("parley_"));
  EXPECT_EQ(token.size(), kApiTokenPrefix.size() + 43);
  EXPECT_NE(create("another", "read"), token);
  const std::string secret = token.substr(kApiTokenPrefix.size());
  EXPECT_EQ(database_.number("SELECT count(*) FROM api_tokens AS t WHERE position('" + secret + "' IN t::text) > 0"),
            0);
  Answer<std::vector<ApiToken>> answer;
  store_->read_api_tokens(answer.completion());
  const std::vector<ApiToken> tokens = *answer.wait();
  ASSERT_EQ(tokens.size(), 2U);
  EXPECT_EQ(tokens[0].hash, sha256(token));
  EXPECT_EQ(tokens[0].author_id, "bot-1");
  EXPECT_TRUE(tokens[0].scopes.allow(ApiScope::kRead) && tokens[0].scopes.allow(ApiScope::kSend));
  EXPECT_FALSE(tokens[0].scopes.allow(ApiScope::kAdmin) || tokens[1].scopes.allow(ApiScope::kSend));
}

TEST_F(ApiTokensTest, WhatIsRevokedOrExpiredIsNotRead) {
  create("one", "read");
  create("two", "admin");
  create("three", "read", "--days=30");
  EXPECT_THAT(valid_ids(), ElementsAre(1, 2, 3));
  EXPECT_EQ(run({"revoke", "--id=2"}).status, 0);
  database_.query("UPDATE api_tokens SET expire_time = expire_time - interval '30 days' WHERE token_id = 3");
  EXPECT_THAT(valid_ids(), ElementsAre(1));
  const Said again = run({"revoke", "--id=2"});
  EXPECT_EQ(again.status, 1);
  EXPECT_THAT(again.remarks, HasSubstr("revoked already"));
}

TEST_F(ApiTokensTest, TheListShowsAllButTheTokens) {
  const std::string token = create("a bot", "send", "--author_id=bot-1");
  run({"revoke", "--id=1"});
  const Said said = run({"list"});
  EXPECT_EQ(said.status, 0);
  EXPECT_THAT(said.output, HasSubstr("a bot"));
  EXPECT_THAT(said.output, HasSubstr("bot-1"));
  EXPECT_THAT(said.output, Not(HasSubstr(token)));
}

TEST_F(ApiTokensTest, MistakesAreNamedAndNothingIsMade) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{}, "chat-backend token create"},
      {{"make"}, "chat-backend token create"},
      {{"create", "--scopes=read"}, "--label"},
      {{"create", "--label=x"}, "--scopes"},
      {{"create", "--label=x", "--scopes=read,write"}, "--scopes"},
      {{"create", "--label=x", "--scopes=send"}, "--author_id"},
      {{"create", "--label=x", "--scopes=send", "--author_id=a b"}, "--author_id"},
      {{"create", "--label=x", "--scopes=read", "--author_id=bot"}, "--author_id"},
      {{"create", "--label=x", "--scopes=read", "--days=0"}, "--days"},
      {{"create", "--label=x", "--scopes=read", "--colour=red"}, "--colour"},
      {{"revoke", "--id=one"}, "--id"},
  };
  for (const auto& [arguments, problem] : cases) {
    const Said said = run(arguments);
    EXPECT_EQ(said.status, 2) << problem;
    EXPECT_THAT(said.remarks, HasSubstr(problem));
    EXPECT_EQ(said.output, "");
  }
  EXPECT_TRUE(valid_ids().empty());
}

TEST(ApiTokensOfNoSchemaTest, ADatabaseWithoutTheTableIsNamed) {
  const TestDatabase empty;
  const absl::Status listed = list_api_tokens(empty.connection_string()).status();
  EXPECT_EQ(error_reason(listed), "SCHEMA_MISSING") << listed;
}

}  // namespace
}  // namespace parley::backend
