// Tokens of an identity provider, their claims, and the keys that verify them.
#include "gateway/identity/jwt.h"

#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {
namespace {

void check_claims(std::string_view json) {
  const auto claims = gateway::parse_jwt_claims(json, "name", "rooms");
  if (!claims) return;
  expect(!claims->subject.empty() && claims->subject.size() <= 255, "a subject has 1 to 255 bytes");
  expect(claims->audience.size() <= 100, "audiences are bounded");
  expect(!claims->rooms || claims->rooms->size() <= 1'000, "rooms are bounded");
}

}  // namespace

void fuzz(std::string_view bytes) {
  check_claims(bytes);
  const auto token = gateway::parse_jwt(bytes);
  if (!token) return;
  expect(bytes.size() <= gateway::kJwtBytesMax, "long tokens are refused");
  expect(bytes.substr(0, token->signed_text.size()) == token->signed_text, "what is signed is the token's begin");
  expect(bytes.substr(token->signed_text.size(), 1) == ".", "the signature follows what is signed");
  check_claims(token->claims);
}

}  // namespace parley::fuzz
