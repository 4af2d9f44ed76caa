// A reader of the gRPC API's Subscribe stream.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "tests/faults/client.h"
#include "tests/faults/grpc_calls.h"
#include "tests/faults/room_view.h"

namespace parley::faults {

// Subscribes with its positions at any backend, and again when the stream ends.
class GrpcReader final : public Client {
 public:
  // `backends` outlives the reader.
  GrpcReader(World& world, std::string name, const std::vector<std::string>& rooms, Backends& backends);
  ~GrpcReader() override;

  const std::string& name() const override { return name_; }
  Task<void> run() override;
  void end() override;
  std::optional<std::int64_t> position(const std::string& room) const override;

 private:
  class Stream;

  pb::SubscribeRequest request() const;
  void take(const pb::SubscribeResponse& item);
  Task<void> fill();

  World& world_;
  const std::string name_;
  Backends& backends_;
  std::deque<RoomView> views_;
  std::shared_ptr<Stream> stream_;
  bool is_ended_ = false;
};

}  // namespace parley::faults
