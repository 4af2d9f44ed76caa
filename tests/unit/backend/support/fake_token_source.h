// Tokens as a test sets them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "backend/chat/api_token.h"
#include "common/errors.h"

namespace parley::backend {

// Answers at once, unless it is told to hold its answer.
class FakeTokenSource final : public ApiTokenSource {
 public:
  void read_api_tokens(Completion<std::vector<ApiToken>> done) override {
    ++readings;
    held_ = std::move(done);
    if (!holds) answer();
  }
  void answer() {
    if (!fails) return held_(tokens);
    held_(make_error(absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE", "as the test wants"));
  }
  // The token `text`, with the next number.
  void add(const std::string& text, std::vector<ApiScope> scopes, const std::string& author_id = "") {
    ApiToken token;
    token.token_id = ++last_id_;
    token.hash = sha256(text);
    for (const ApiScope scope : scopes) token.scopes.add(scope);
    token.author_id = author_id;
    tokens.push_back(token);
  }

  std::vector<ApiToken> tokens;
  bool fails = false;
  bool holds = false;
  int readings = 0;

 private:
  std::int64_t last_id_ = 0;
  Completion<std::vector<ApiToken>> held_;
};

}  // namespace parley::backend
