// Where an upgrade request has its token, a line each: Authorization and the subprotocols.
#include "gateway/identity/token_identity.h"
#include "gateway/web/upgrade_request.h"
#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {

void fuzz(std::string_view bytes) {
  Input input(bytes);
  const std::string_view authorization = input.line();
  const std::string_view subprotocols = input.line();
  const std::string_view token = gateway::find_token(authorization, subprotocols);
  const auto is_part_of = [token](std::string_view text) {
    return token.data() >= text.data() && token.data() + token.size() <= text.data() + text.size();
  };
  expect(token.empty() || is_part_of(authorization) || is_part_of(subprotocols), "a token is part of the request");
  const auto parameters = gateway::parse_connect("", subprotocols);
  if (!parameters.ok()) return;
  const std::string_view answer = parameters->format->subprotocol();
  expect(!answer.starts_with(gateway::kTokenSubprotocol), "a token is never the answer");
  expect(answer.empty() || subprotocols.find(answer) != std::string_view::npos, "the answer was offered");
}

}  // namespace parley::fuzz
