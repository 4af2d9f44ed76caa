#include "tests/bench/parley_protocols.h"

#include "absl/strings/str_cat.h"
#include "chat/v1/frame.pb.h"

namespace parley::bench {
namespace {

namespace pb = chat::v1;

std::string message_id(std::uint32_t client, std::uint32_t number) { return absl::StrCat("b", client, "-", number); }

class JsonProtocol final : public Protocol {
 public:
  Opcode opcode() const override { return Opcode::kText; }
  std::string subprotocol() const override { return "chat.v1.json"; }
  std::string target(const ClientPlan& plan) const override { return "/ws?room=" + plan.room; }
  bool is_ready_at_once(Role role) const override { return role == Role::kSender; }
  bool answers() const override { return true; }
  bool orders_rooms() const override { return true; }

  std::vector<std::string> greet(const ClientPlan& plan, std::uint32_t) const override {
    if (plan.role == Role::kSender) return {};
    return {absl::StrCat(R"({"action":"subscribe","request_id":"s","page_size":1,"room":")", plan.room, "\"}")};
  }

  Heard hear(std::string_view payload, const ClientPlan&, std::uint32_t) const override {
    if (!is_reply(payload)) return {.kind = is_resync(payload) ? Heard::Kind::kResync : Heard::Kind::kOther, .say = {}};
    if (payload.find(R"("error":)") != std::string_view::npos) return {.kind = Heard::Kind::kRefusal, .say = {}};
    const bool subscribed = payload.find(R"("action":"subscribe")") != std::string_view::npos;
    return {.kind = subscribed ? Heard::Kind::kReady : Heard::Kind::kOther, .say = {}};
  }

  Heard::Kind kind_of_stamped(std::string_view payload) const override {
    return is_reply(payload) ? Heard::Kind::kAnswer : Heard::Kind::kDelivery;
  }

  std::string say(const std::string& room, std::uint32_t client, std::uint32_t number,
                  const std::string& body) const override {
    return absl::StrCat(R"({"action":"send_message","request_id":")", message_id(client, number), R"(","room":")", room,
                        R"(","body":")", body, "\"}");
  }

 private:
  static bool is_reply(std::string_view payload) { return payload.starts_with(R"({"type":"reply")"); }
  static bool is_resync(std::string_view payload) { return payload.starts_with(R"({"type":"push","resync")"); }
};

class ProtoProtocol final : public Protocol {
 public:
  Opcode opcode() const override { return Opcode::kBinary; }
  std::string subprotocol() const override { return "chat.v1.proto"; }
  std::string target(const ClientPlan& plan) const override { return "/ws?room=" + plan.room; }
  bool is_ready_at_once(Role role) const override { return role == Role::kSender; }
  bool answers() const override { return true; }
  bool orders_rooms() const override { return true; }

  std::vector<std::string> greet(const ClientPlan& plan, std::uint32_t) const override {
    if (plan.role == Role::kSender) return {};
    pb::ClientFrame frame;
    frame.set_request_id("s");
    frame.mutable_subscribe()->set_room(plan.room);
    frame.mutable_subscribe()->set_page_size(1);
    return {frame.SerializeAsString()};
  }

  Heard hear(std::string_view payload, const ClientPlan&, std::uint32_t) const override {
    pb::ServerFrame frame;
    if (!frame.ParseFromArray(payload.data(), static_cast<int>(payload.size())) || frame.reply().has_error()) {
      return {.kind = Heard::Kind::kRefusal, .say = {}};
    }
    if (frame.push().has_resync()) return {.kind = Heard::Kind::kResync, .say = {}};
    return {.kind = frame.reply().has_subscribe() ? Heard::Kind::kReady : Heard::Kind::kOther, .say = {}};
  }

  // A whole parse would cost senders more than the kernel does.
  Heard::Kind kind_of_stamped(std::string_view payload) const override {
    constexpr char kReplyTag = (pb::ServerFrame::kReplyFieldNumber << 3U) | 2U;
    return payload.front() == kReplyTag ? Heard::Kind::kAnswer : Heard::Kind::kDelivery;
  }

  std::string say(const std::string& room, std::uint32_t client, std::uint32_t number,
                  const std::string& body) const override {
    pb::ClientFrame frame;
    frame.set_request_id(message_id(client, number));
    frame.mutable_send_message()->set_room(room);
    frame.mutable_send_message()->set_body(body);
    return frame.SerializeAsString();
  }
};

// Its senders hear the room as well.
class TutorialProtocol final : public Protocol {
 public:
  Opcode opcode() const override { return Opcode::kText; }
  std::string target(const ClientPlan& plan) const override { return "/ws?room=" + plan.room; }
  bool is_ready_at_once(Role) const override { return true; }
  bool orders_rooms() const override { return true; }
  std::string say(const std::string&, std::uint32_t, std::uint32_t, const std::string& body) const override {
    return absl::StrCat(R"({"action":"send_message","message":")", body, R"(","time":"1700000000000"})");
  }
};

}  // namespace

std::unique_ptr<Protocol> make_parley_protocol(std::string_view name) {
  if (name == "chat.v1.proto") return std::make_unique<ProtoProtocol>();
  if (name == "chat.v1.json") return std::make_unique<JsonProtocol>();
  if (name == "tutorial") return std::make_unique<TutorialProtocol>();
  return nullptr;
}

}  // namespace parley::bench
