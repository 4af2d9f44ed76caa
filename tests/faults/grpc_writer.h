// A writer that calls the gRPC API, each time any backend.
#pragma once

#include <string>

#include "tests/faults/client.h"
#include "tests/faults/grpc_calls.h"
#include "tests/faults/outbox.h"

namespace parley::faults {

class GrpcWriter final : public Client {
 public:
  // `backends` outlives the writer.
  GrpcWriter(World& world, WriterOptions options, Backends& backends);

  const std::string& name() const override { return options_.name; }
  Task<void> run() override;
  void finish() override { outbox_.finish(); }
  void end() override { is_ended_ = true; }
  bool is_settled() const override { return outbox_.is_empty(); }

 private:
  Task<void> send(SentMessage& message);

  World& world_;
  const WriterOptions options_;
  Backends& backends_;
  Outbox outbox_;
  bool is_ended_ = false;
};

}  // namespace parley::faults
