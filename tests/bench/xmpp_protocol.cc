#include "tests/bench/xmpp_protocol.h"

#include <optional>

#include "absl/strings/str_cat.h"

namespace parley::bench {
namespace {

constexpr std::string_view kOpen = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>";
constexpr std::string_view kLogin = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>";

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// Of the first element; `name` begins with a space. Nothing when it has none. Values are taken as they are written:
// none that is asked for has anything to escape.
std::optional<std::string_view> attribute(std::string_view stanza, std::string_view name) {
  const std::string_view tag = stanza.substr(0, stanza.find('>'));
  for (std::size_t at = tag.find(name); at != std::string_view::npos; at = tag.find(name, at + 1)) {
    const std::string_view rest = tag.substr(at + name.size());
    if (rest.size() < 2 || rest[0] != '=' || (rest[1] != '\'' && rest[1] != '"')) continue;
    const std::size_t end = rest.find(rest[1], 2);
    if (end != std::string_view::npos) return rest.substr(2, end - 2);
  }
  return std::nullopt;
}

// The part of an address behind the slash.
std::string_view resource(std::string_view address) {
  const std::size_t slash = address.find('/');
  return slash == std::string_view::npos ? std::string_view() : address.substr(slash + 1);
}

bool is_refusal(std::string_view payload) {
  return payload.starts_with("<failure") || payload.starts_with("<close") || payload.starts_with("<stream:error") ||
         attribute(payload, " type") == "error";
}

// The name of a client as a resource of its account, and in its room.
std::string nick(std::uint32_t client) { return absl::StrCat("c", client); }

std::string room_address(const std::string& room) { return absl::StrCat(room, "@conference.localhost"); }

std::string bind(std::uint32_t client) {
  return absl::StrCat("<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>",
                      "<resource>", nick(client), "</resource></bind></iq>");
}

std::string enter(const ClientPlan& plan, std::uint32_t client) {
  return absl::StrCat("<presence xmlns='jabber:client' to='", room_address(plan.room), "/", nick(client),
                      "'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>");
}

class XmppProtocol final : public Protocol {
 public:
  Opcode opcode() const override { return Opcode::kText; }
  std::string subprotocol() const override { return "xmpp"; }
  std::string target(const ClientPlan&) const override { return "/ws"; }
  std::vector<std::string> greet(const ClientPlan&, std::uint32_t) const override { return {std::string(kOpen)}; }
  bool is_ready_at_once(Role) const override { return false; }
  bool answers() const override { return true; }
  bool orders_rooms() const override { return true; }

  // What comes next is told by what came, so that no state of a client is needed.
  Heard hear(std::string_view payload, const ClientPlan& plan, std::uint32_t client) const override {
    if (payload.starts_with("<stream:features")) {
      const bool is_in = contains(payload, "urn:ietf:params:xml:ns:xmpp-bind");
      return {.kind = Heard::Kind::kOther, .say = {is_in ? bind(client) : std::string(kLogin)}};
    }
    if (payload.starts_with("<success")) return {.kind = Heard::Kind::kOther, .say = {std::string(kOpen)}};
    if (is_refusal(payload)) return {.kind = Heard::Kind::kRefusal, .say = {}};
    if (payload.starts_with("<iq") && attribute(payload, " id") == "bind") {
      return {.kind = Heard::Kind::kOther, .say = {enter(plan, client)}};
    }
    if (payload.starts_with("<presence") && is_of_itself(payload)) return {.kind = Heard::Kind::kReady, .say = {}};
    return {};
  }

  Heard::Kind kind_of_stamped(std::string_view payload) const override {
    const std::string_view from = resource(attribute(payload, " from").value_or(""));
    const std::string_view to = resource(attribute(payload, " to").value_or(""));
    return !from.empty() && from == to ? Heard::Kind::kAnswer : Heard::Kind::kDelivery;
  }

  std::string say(const std::string& room, std::uint32_t client, std::uint32_t number,
                  const std::string& body) const override {
    return absl::StrCat("<message xmlns='jabber:client' type='groupchat' to='", room_address(room), "' id='", client,
                        "-", number, "'><body>", body, "</body></message>");
  }

 private:
  // XEP-0045, 7.2.2: the last presence of an entry, which tells that one is in.
  static bool is_of_itself(std::string_view payload) {
    return contains(payload, "code='110'") || contains(payload, "code=\"110\"");
  }
};

}  // namespace

std::unique_ptr<Protocol> make_xmpp_protocol() { return std::make_unique<XmppProtocol>(); }

}  // namespace parley::bench
