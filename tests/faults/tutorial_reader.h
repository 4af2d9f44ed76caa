// A reader without a subprotocol: what comes while it is connected, without gaps; nothing from before.
#pragma once

#include <memory>
#include <string>

#include "tests/faults/client.h"
#include "tests/faults/codec.h"

namespace parley::faults {

class TutorialReader final : public Client {
 public:
  TutorialReader(World& world, std::string name, std::string room);

  const std::string& name() const override { return name_; }
  Task<void> run() override;
  void end() override;
  std::optional<std::int64_t> position(const std::string& room) const override;

 private:
  void take(const pb::ServerFrame& frame);

  World& world_;
  const std::string name_;
  const std::string room_;
  const std::unique_ptr<Codec> codec_;
  View& view_;
  std::int64_t last_offset_ = 0;  // of this connection; 0: nothing seen yet
  WebSocket* socket_ = nullptr;
  bool is_ended_ = false;
};

}  // namespace parley::faults
