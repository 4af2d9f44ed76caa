// What an upgrade request says beside the handshake, a line each: query, subprotocols, extensions, Origin and Host.
#include "gateway/web/upgrade_request.h"

#include "absl/strings/match.h"
#include "common/absl_view.h"
#include "common/text_rules.h"
#include "gateway/web/header_list.h"
#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {

void fuzz(std::string_view bytes) {
  Input input(bytes);
  const std::string_view query = input.line();
  const std::string_view subprotocols = input.line();
  const std::string_view extensions = input.line();
  const std::string_view origin = input.line();
  const std::string_view host = input.line();

  if (const auto parameters = gateway::parse_connect(query, subprotocols); parameters.ok()) {
    expect(check_room_name(parameters->room) == TextProblem::kNone, "the room can be one");
    const std::string& name = parameters->author.name();
    expect(name.empty() || check_author_name(name) == TextProblem::kNone, "the name can be one");
    const std::string& id = parameters->author.author_id();
    expect(id.empty() || check_identifier(id) == TextProblem::kNone, "the author_id can be one");
    expect(parameters->format != nullptr, "there is a format");
  }
  if (gateway::is_token_list(extensions)) {
    expect(gateway::is_extension_list(extensions), "tokens are extensions without parameters");
  }
  if (gateway::is_origin_allowed(origin, host, {}, gateway::SocketSecurity::kTls)) {
    expect(absl::StartsWithIgnoreCase(to_absl(origin), "http"), "an allowed origin is of the web");
    expect(!host.empty(), "an allowed origin is that of a host");
  }
  expect(!gateway::is_origin_allowed("https://evil.example", host, {}, gateway::SocketSecurity::kTls) ||
             absl::StartsWithIgnoreCase(to_absl(host), "evil.example"),
         "another site's origin is not allowed");
}

}  // namespace parley::fuzz
