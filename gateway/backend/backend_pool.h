// The backends of the configuration: a channel and stubs for each, and which one is in use.
#pragma once

#include <grpcpp/channel.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "chat/v1/chat_service.grpc.pb.h"
#include "chat/v1/gateway_service.grpc.pb.h"

namespace parley::gateway {

namespace pb = chat::v1;

struct Backend {
  std::string address;
  std::unique_ptr<pb::ChatService::StubInterface> chat;
  std::unique_ptr<pb::GatewayService::StubInterface> gateway;
};

// Thread-safe.
class BackendPool {
 public:
  // `addresses`: host:port, at least one. Connects lazily.
  explicit BackendPool(const std::vector<std::string>& addresses);
  // With stubs of the caller's.
  explicit BackendPool(std::vector<Backend> backends) : backends_(std::move(backends)) {}

  std::size_t size() const { return backends_.size(); }
  const Backend& at(std::size_t index) const { return backends_[index]; }
  // Where the next call begins.
  std::size_t current() const { return current_.load(std::memory_order_relaxed); }
  // `failed` did not answer: the next one becomes current, unless another caller has moved on already.
  std::size_t move_on(std::size_t failed);

 private:
  std::vector<Backend> backends_;
  std::atomic<std::size_t> current_ = 0;
};

}  // namespace parley::gateway
