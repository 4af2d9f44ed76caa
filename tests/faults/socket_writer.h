// A writer over a WebSocket, in any of the three formats.
#pragma once

#include <memory>
#include <string>

#include "tests/faults/client.h"
#include "tests/faults/codec.h"
#include "tests/faults/outbox.h"

namespace parley::faults {

// Sends over one socket at a time, to any gateway; what is unanswered when a socket ends goes over the next one with
// its request_id. A tutorial client has no answers: it sends each message once.
class SocketWriter final : public Client {
 public:
  SocketWriter(World& world, WriterOptions options, Format format);

  const std::string& name() const override { return options_.name; }
  Task<void> run() override;
  void finish() override { outbox_.finish(); }
  void end() override;
  bool is_settled() const override { return outbox_.is_empty(); }

 private:
  Task<void> send(WebSocket& socket);
  Task<void> receive(WebSocket& socket);
  void take_reply(const pb::Reply& reply);
  bool is_over() const { return is_ended_ || (outbox_.is_finishing() && outbox_.is_empty()); }

  World& world_;
  const WriterOptions options_;
  const Format format_;
  const std::unique_ptr<Codec> codec_;
  Outbox outbox_;
  WebSocket* socket_ = nullptr;
  bool is_ended_ = false;
};

}  // namespace parley::faults
