// The backends of the configuration: a channel and stubs for each, how each one is, and which one is in use.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/security/credentials.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chat/v1/chat_service.grpc.pb.h"
#include "chat/v1/gateway_service.grpc.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace parley::gateway {

namespace pb = chat::v1;

// What a backend says of itself.
enum class BackendHealth {
  kUnknown,     // nothing yet, or it cannot be reached
  kServing,     // it can write to the database
  kNotServing,  // it answers, but cannot write, or it drains
};

struct Backend {
  std::string address;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<pb::ChatService::StubInterface> chat;
  std::unique_ptr<pb::GatewayService::StubInterface> gateway;
  std::unique_ptr<grpc::health::v1::Health::StubInterface> health;
};

// Thread-safe.
class BackendPool {
 public:
  // `addresses`: host:port, at least one. Connects lazily. `credential`: what shows that we are a gateway, see
  // gateway_credential_file; empty for none.
  explicit BackendPool(
      const std::vector<std::string>& addresses, std::string_view credential = {},
      const std::shared_ptr<grpc::ChannelCredentials>& channel_credentials = grpc::InsecureChannelCredentials());

  std::size_t size() const { return backends_.size(); }
  const Backend& at(std::size_t index) const { return backends_[index]; }
  BackendHealth health(std::size_t index) const { return health_[index].load(std::memory_order_relaxed); }
  bool any(BackendHealth health) const;
  // To be called for the context of every call, before it starts.
  void authorize(grpc::ClientContext& call) const;
  // The channel, if it has no connection, tries to make one now. Its own pauses between attempts are timed by the time
  // of day (see GrpcTimers): whoever tries again and again, in pauses of its own, says so with this.
  void connect_now(std::size_t index);
  // Where the next call begins.
  std::size_t current() const { return current_.load(std::memory_order_relaxed); }

  // The current backend changes when it is one that does not serve and another one does.
  void set_health(std::size_t index, BackendHealth health);
  // A serving one, if `index` is one that does not serve.
  std::optional<std::size_t> better_than(std::size_t index) const;
  // `failed` did not answer: another one becomes current, unless another caller has moved on already. The next one that
  // serves is taken, or the next one where none is known to.
  std::size_t move_on(std::size_t failed);

 private:
  std::optional<std::size_t> next_serving(std::size_t after) const;

  const std::string authorization_;
  std::vector<Backend> backends_;
  std::vector<std::atomic<BackendHealth>> health_;
  std::atomic<std::size_t> current_ = 0;
};

}  // namespace parley::gateway
