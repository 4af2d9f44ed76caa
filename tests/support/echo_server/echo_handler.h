// Says back what it hears.
#pragma once

#include <string_view>

#include "gateway/routes/socket_handler.h"

namespace parley::test {

class EchoHandler final : public gateway::SocketHandler {
 public:
  std::string_view subprotocol() const override { return {}; }
  bool takes(gateway::Opcode /*opcode*/) const override { return true; }
  void open(gateway::Transport& transport) override { transport_ = &transport; }
  void receive(gateway::Opcode opcode, std::string_view payload) override {
    transport_->send(gateway::make_frame(opcode, payload));
  }
  void drained() override {}
  void writable() override {}
  void sweep(TimePoint /*now*/) override {}
  void slowed(std::string_view /*limit*/) override {}
  bool may_read(TimePoint /*now*/) override { return true; }
  std::size_t commands_outstanding() const override { return 0; }
  void close() override {}

 private:
  gateway::Transport* transport_ = nullptr;
};

}  // namespace parley::test
