#include "tests/bench/plain_protocol.h"

namespace parley::bench {
namespace {

class PlainProtocol final : public Protocol {
 public:
  Opcode opcode() const override { return Opcode::kText; }
  std::string target(const ClientPlan& plan) const override {
    return "/" + plan.room + (plan.role == Role::kSender ? "?speaks" : "");
  }
  bool is_ready_at_once(Role) const override { return true; }
  bool orders_rooms() const override { return true; }
  std::string say(const std::string&, std::uint32_t, std::uint32_t, const std::string& body) const override {
    return body;
  }
};

}  // namespace

std::unique_ptr<Protocol> make_plain_protocol() { return std::make_unique<PlainProtocol>(); }

}  // namespace parley::bench
