#include "tests/bench/peer_protocols.h"

#include "absl/strings/str_cat.h"
#include "tests/bench/xmpp_protocol.h"

namespace parley::bench {
namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// Engine.IO 4 over WebSocket alone, and in it Socket.IO 5. The server puts a socket into the room that its query names.
class SocketIoProtocol final : public Protocol {
 public:
  Opcode opcode() const override { return Opcode::kText; }
  std::string target(const ClientPlan& plan) const override {
    return absl::StrCat("/socket.io/?EIO=4&transport=websocket&room=", plan.room,
                        plan.role == Role::kSender ? "&speaks=1" : "");
  }
  bool is_ready_at_once(Role) const override { return false; }
  bool orders_rooms() const override { return true; }
  Heard hear(std::string_view payload, const ClientPlan&, std::uint32_t) const override {
    if (payload.starts_with("0{")) return {.kind = Heard::Kind::kOther, .say = {"40"}};
    if (payload.starts_with("40")) return {.kind = Heard::Kind::kReady, .say = {}};
    if (payload == "2") return {.kind = Heard::Kind::kOther, .say = {"3"}};
    return {};
  }
  std::string say(const std::string&, std::uint32_t, std::uint32_t, const std::string& body) const override {
    return absl::StrCat(R"(42["message",")", body, "\"]");
  }
};

// The NATS client protocol in binary frames; a room is a subject.
class NatsProtocol final : public Protocol {
 public:
  Opcode opcode() const override { return Opcode::kBinary; }
  std::string target(const ClientPlan&) const override { return "/"; }
  std::vector<std::string> greet(const ClientPlan& plan, std::uint32_t) const override {
    const bool listens = plan.role == Role::kReceiver;
    return {absl::StrCat("CONNECT {\"verbose\":false,\"pedantic\":false,\"echo\":false}\r\n",
                         listens ? absl::StrCat("SUB ", plan.room, " 1\r\n") : "", "PING\r\n")};
  }
  bool is_ready_at_once(Role) const override { return false; }
  Heard hear(std::string_view payload, const ClientPlan&, std::uint32_t) const override {
    if (contains(payload, "PONG")) return {.kind = Heard::Kind::kReady, .say = {}};
    if (contains(payload, "-ERR")) return {.kind = Heard::Kind::kRefusal, .say = {}};
    if (contains(payload, "PING")) return {.kind = Heard::Kind::kOther, .say = {"PONG\r\n"}};
    return {};
  }
  std::string say(const std::string& room, std::uint32_t, std::uint32_t, const std::string& body) const override {
    return absl::StrCat("PUB ", room, " ", body.size(), "\r\n", body, "\r\n");
  }
};

}  // namespace

std::unique_ptr<Protocol> make_peer_protocol(std::string_view name) {
  if (name == "socket.io") return std::make_unique<SocketIoProtocol>();
  if (name == "nats") return std::make_unique<NatsProtocol>();
  if (name == "xmpp") return make_xmpp_protocol();
  return nullptr;
}

}  // namespace parley::bench
