// The bearer tokens of the gRPC API, as far as a check needs to know them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "backend/chat/store.h"
#include "common/hashing.h"

namespace parley::backend {

// What a token may do; a set of them.
enum class ApiScope : unsigned {
  kRead = 1,   // GetMessages, Resume, Subscribe
  kSend = 2,   // SendMessage, as the token's author
  kAdmin = 4,  // all of ChatService, as anybody
};

class ApiScopes {
 public:
  void add(ApiScope scope) { bits_ |= static_cast<unsigned>(scope); }
  // kAdmin has the others in it.
  bool allow(ApiScope scope) const {
    return (bits_ & (static_cast<unsigned>(scope) | static_cast<unsigned>(ApiScope::kAdmin))) != 0;
  }
  bool empty() const { return bits_ == 0; }

 private:
  unsigned bits_ = 0;
};

// One that is neither revoked nor expired.
struct ApiToken {
  std::int64_t token_id = 0;
  Sha256Digest hash{};
  ApiScopes scopes;
  std::string author_id;  // may be empty without kSend
};

// More are not made, and not read.
inline constexpr std::size_t kApiTokensMax = 10'000;
inline constexpr std::string_view kApiTokenPrefix = "parley_";

// Where they are kept. Implemented in backend/postgres.
class ApiTokenSource {
 public:
  virtual ~ApiTokenSource() = default;
  // All that are valid now, kApiTokensMax at the most. Does not block.
  virtual void read_api_tokens(Completion<std::vector<ApiToken>> done) = 0;
};

}  // namespace parley::backend
