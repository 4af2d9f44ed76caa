#include "backend/chat/api_token_book.h"

#include <algorithm>
#include <utility>

#include "common/errors.h"

namespace parley::backend {
namespace {

absl::Status unknown() {
  return make_error(absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE", "tokens cannot be checked at the moment");
}

}  // namespace

ApiTokenBook::ApiTokenBook(ApiTokenSource& source, std::chrono::milliseconds stale_after, const Clock& clock,
                           const Logger& logger)
    : source_(source), stale_after_(stale_after), clock_(clock), logger_(logger) {}

void ApiTokenBook::refresh() {
  if (has_become_old()) tell_taken_away();
  if (reading_.exchange(true)) return;
  read_began_ = clock_.steady_now();
  source_.read_api_tokens([this](absl::StatusOr<std::vector<ApiToken>> read) { take(std::move(read)); });
}

void ApiTokenBook::take(absl::StatusOr<std::vector<ApiToken>> read) {
  if (!read.ok()) {
    logger_.debug("api_tokens_not_read", {{"reason", error_reason(read.status())}});
    reading_ = false;
    return;
  }
  auto known = std::make_shared<Tokens>();
  for (ApiToken& token : *read) known->emplace(token.hash, std::move(token));
  bool has_taken_away = false;
  {
    const std::scoped_lock lock(mutex_);
    has_taken_away = tokens_ != nullptr && std::any_of(tokens_->begin(), tokens_->end(), [&known](const auto& entry) {
                       return known->find(entry.first) == known->end();
                     });
    tokens_ = std::move(known);
    read_at_ = read_began_;
    is_old_told_ = false;
  }
  if (has_taken_away) tell_taken_away();
  reading_ = false;
}

bool ApiTokenBook::has_become_old() {
  const std::scoped_lock lock(mutex_);
  const bool is_old = tokens_ != nullptr && clock_.steady_now() - read_at_ > stale_after_;
  return is_old && !std::exchange(is_old_told_, true);
}

void ApiTokenBook::tell_taken_away() {
  const std::scoped_lock lock(telling_);
  if (on_taken_away_) on_taken_away_();
}

std::shared_ptr<const ApiTokenBook::Tokens> ApiTokenBook::tokens() const {
  const std::scoped_lock lock(mutex_);
  return tokens_ != nullptr && clock_.steady_now() - read_at_ <= stale_after_ ? tokens_ : nullptr;
}

absl::StatusOr<ApiToken> ApiTokenBook::find(const Sha256Digest& hash) const {
  const std::shared_ptr<const Tokens> known = tokens();
  if (known == nullptr) return unknown();
  const auto found = known->find(hash);
  if (found != known->end()) return found->second;
  return make_error(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID",
                    "there is no such token, or it is revoked or expired");
}

absl::Status ApiTokenBook::check(std::int64_t token_id) const {
  const std::shared_ptr<const Tokens> known = tokens();
  if (known == nullptr) return unknown();
  const bool is_there = std::any_of(known->begin(), known->end(),
                                    [token_id](const auto& entry) { return entry.second.token_id == token_id; });
  if (is_there) return absl::OkStatus();
  return make_error(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID", "the token was revoked, or has expired");
}

}  // namespace parley::backend
