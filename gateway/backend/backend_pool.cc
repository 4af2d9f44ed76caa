#include "gateway/backend/backend_pool.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/absl_view.h"

namespace parley::gateway {
namespace {

constexpr int kKeepaliveMs = 10'000;
constexpr int kReconnectFirstMs = 100;
constexpr int kReconnectMostMs = 2'000;
// A catch-up of many long messages in one answer.
constexpr int kReceiveBytesMax = 64 * 1024 * 1024;

}  // namespace

BackendPool::BackendPool(const std::vector<std::string>& addresses, std::string_view credential,
                         const std::shared_ptr<grpc::ChannelCredentials>& channel_credentials)
    : authorization_(credential.empty() ? std::string() : absl::StrCat("Gateway ", to_absl(credential))),
      health_(addresses.size()) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectFirstMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kReconnectFirstMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMostMs);
  // A backend is inside our own network: a proxy of the environment has no business here.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(kReceiveBytesMax);
  for (const std::string& address : addresses) {
    const auto channel = grpc::CreateCustomChannel(address, channel_credentials, arguments);
    backends_.push_back(Backend{address, channel, pb::ChatService::NewStub(channel),
                                pb::GatewayService::NewStub(channel), grpc::health::v1::Health::NewStub(channel)});
  }
}

void BackendPool::authorize(grpc::ClientContext& call) const {
  if (!authorization_.empty()) call.AddMetadata("authorization", authorization_);
}

void BackendPool::connect_now(std::size_t index) {
  grpc::experimental::ChannelResetConnectionBackoff(backends_[index].channel.get());
}

bool BackendPool::any(BackendHealth health) const {
  return std::any_of(health_.begin(), health_.end(),
                     [health](const auto& one) { return one.load(std::memory_order_relaxed) == health; });
}

void BackendPool::set_health(std::size_t index, BackendHealth health) {
  health_[index].store(health, std::memory_order_relaxed);
  std::size_t current = current_.load(std::memory_order_relaxed);
  if (const std::optional<std::size_t> better = better_than(current)) {
    current_.compare_exchange_strong(current, *better, std::memory_order_relaxed);
  }
}

std::optional<std::size_t> BackendPool::better_than(std::size_t index) const {
  return health(index) == BackendHealth::kNotServing ? next_serving(index) : std::nullopt;
}

std::size_t BackendPool::move_on(std::size_t failed) {
  std::size_t expected = failed;
  const std::size_t next = next_serving(failed).value_or((failed + 1) % backends_.size());
  current_.compare_exchange_strong(expected, next, std::memory_order_relaxed);
  return current();
}

std::optional<std::size_t> BackendPool::next_serving(std::size_t after) const {
  for (std::size_t step = 1; step < backends_.size(); ++step) {
    const std::size_t index = (after + step) % backends_.size();
    if (health(index) == BackendHealth::kServing) return index;
  }
  return std::nullopt;
}

}  // namespace parley::gateway
