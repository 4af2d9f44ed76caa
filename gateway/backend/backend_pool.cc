#include "gateway/backend/backend_pool.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

namespace parley::gateway {
namespace {

constexpr int kKeepaliveMs = 10'000;
constexpr int kReconnectFirstMs = 100;
constexpr int kReconnectMostMs = 2'000;
// A catch-up of many long messages in one answer.
constexpr int kReceiveBytesMax = 64 * 1024 * 1024;

}  // namespace

BackendPool::BackendPool(const std::vector<std::string>& addresses) {
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
    const auto channel = grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
    backends_.push_back(Backend{address, pb::ChatService::NewStub(channel), pb::GatewayService::NewStub(channel)});
  }
}

std::size_t BackendPool::move_on(std::size_t failed) {
  std::size_t expected = failed;
  current_.compare_exchange_strong(expected, (failed + 1) % backends_.size(), std::memory_order_relaxed);
  return current();
}

}  // namespace parley::gateway
