#include "gateway/web/upgrade_request.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "common/absl_view.h"
#include "common/errors.h"
#include "common/text_errors.h"
#include "common/text_rules.h"
#include "gateway/identity/token_identity.h"

namespace parley::gateway {
namespace {

constexpr std::string_view kDefaultRoom = "lobby";

absl::Status invalid(std::string_view reason, std::string_view message) {
  return make_error(absl::StatusCode::kInvalidArgument, reason, message);
}

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t index = 0; index < text.size(); ++index) {
    if (text[index] == '+') {
      decoded.push_back(' ');
    } else if (text[index] != '%') {
      decoded.push_back(text[index]);
    } else {
      const int high = index + 2 < text.size() ? hex_value(text[index + 1]) : -1;
      const int low = index + 2 < text.size() ? hex_value(text[index + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      decoded.push_back(static_cast<char>(high * 16 + low));
      index += 2;
    }
  }
  return decoded;
}

// The first that is known. A token is none of them, see find_token(), and is never the answer: whoever brings one
// beside nothing else is answered with none, as one that offers none is (a browser then gives up: it wants one of what
// it offered).
const WireFormat* choose_format(std::string_view subprotocols) {
  bool offered = false;
  for (const absl::string_view element : absl::StrSplit(to_absl(subprotocols), ',')) {
    const absl::string_view name = absl::StripAsciiWhitespace(element);
    if (name.empty() || absl::StartsWith(name, to_absl(kTokenSubprotocol))) continue;
    offered = true;
    if (const WireFormat* format = find_wire_format(to_std(name)); format != nullptr) return format;
  }
  return offered ? nullptr : &wire_format(WireFormatId::kTutorial);
}

// Host and port, with the scheme's default port left out.
std::string_view without_default_port(std::string_view scheme, std::string_view authority) {
  const std::string_view port = scheme == "https" ? ":443" : ":80";
  if (authority.ends_with(port)) authority.remove_suffix(port.size());
  return authority;
}

// What `subscribe` and `page_size` ask for.
absl::Status add_subscription(std::string_view request_id, std::string_view page_size, ConnectParameters& parameters) {
  std::int32_t size = 0;
  const bool is_size = page_size.empty() || (absl::SimpleAtoi(to_absl(page_size), &size) && size >= 0);
  if (check_identifier(request_id) != TextProblem::kNone || !is_size) {
    return invalid("QUERY_INVALID", "subscribe must be 1 to 64 of A-Z a-z 0-9 _ -, page_size a number");
  }
  if (parameters.format->id() == WireFormatId::kTutorial) return absl::OkStatus();
  parameters.subscription = std::make_unique<pb::ClientFrame>();
  parameters.subscription->set_request_id(std::string(request_id));
  parameters.subscription->mutable_subscribe()->set_room(parameters.room);
  parameters.subscription->mutable_subscribe()->set_page_size(size);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ConnectParameters> parse_connect(std::string_view query, std::string_view subprotocols) {
  ConnectParameters parameters{std::string(kDefaultRoom), {}, choose_format(subprotocols), {}};
  std::string subscribe;
  std::string page_size;
  if (parameters.format == nullptr)
    return invalid("SUBPROTOCOL_UNKNOWN", "use chat.v1.proto, chat.v1.json, chat.v1.tutorial or none");
  for (const absl::string_view pair : absl::StrSplit(to_absl(query), '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(pair, absl::MaxSplits('=', 1));
    std::optional<std::string> value = percent_decode(to_std(parts.second));
    if (!value) return invalid("QUERY_INVALID", "the query has a broken percent encoding");
    if (value->empty()) continue;
    if (parts.first == "room") {
      parameters.room = *std::move(value);
    } else if (parts.first == "name") {
      parameters.author.set_name(*std::move(value));
    } else if (parts.first == "author_id") {
      parameters.author.set_author_id(*std::move(value));
    } else if (parts.first == "subscribe") {
      subscribe = *std::move(value);
    } else if (parts.first == "page_size") {
      page_size = *std::move(value);
    }
  }
  if (absl::Status checked = validate_room(parameters.room); !checked.ok()) return checked;
  const std::string& name = parameters.author.name();
  if (!name.empty()) {
    if (absl::Status checked = validate_author_name(name); !checked.ok()) return checked;
  }
  const std::string& author_id = parameters.author.author_id();
  if (!author_id.empty()) {
    if (absl::Status checked = validate_author_id(author_id); !checked.ok()) return checked;
  }
  if (!subscribe.empty()) {
    if (absl::Status added = add_subscription(subscribe, page_size, parameters); !added.ok()) return added;
  }
  return parameters;
}

bool is_origin_allowed(std::string_view origin, std::string_view host, std::span<const std::string> allowed,
                       SocketSecurity security) {
  const bool listed = std::any_of(allowed.begin(), allowed.end(), [origin](const std::string& entry) {
    return absl::EqualsIgnoreCase(to_absl(entry), to_absl(origin));
  });
  if (listed) return true;
  const std::size_t colon = origin.find("://");
  if (colon == std::string_view::npos || host.empty()) return false;
  const std::string scheme = absl::AsciiStrToLower(to_absl(origin.substr(0, colon)));
  if (scheme != "https" && (scheme != "http" || security == SocketSecurity::kTls)) return false;
  return absl::EqualsIgnoreCase(to_absl(without_default_port(scheme, origin.substr(colon + 3))),
                                to_absl(without_default_port(scheme, host)));
}

}  // namespace parley::gateway
