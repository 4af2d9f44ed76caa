#include "tests/faults/grpc_calls.h"

#include <grpcpp/grpcpp.h>

#include <functional>
#include <optional>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "absl/strings/str_cat.h"
#include "common/grpc_status.h"

namespace parley::faults {
namespace {

namespace asio = boost::asio;

constexpr int kReconnectLeastMs = 50;
constexpr int kReconnectMostMs = 500;

// A callback call; its end is posted to the I/O thread, where the task waits for it. The timer never expires: its wait
// ends by cancel().
template <typename Request, typename Response>
struct Call {
  Call(World& world, Request taken) : request(std::move(taken)), ended(world.context, SteadyTime::max()) {
    context.set_deadline(std::chrono::system_clock::now() + kCallMax);
  }

  grpc::ClientContext context;
  const Request request;
  Response response;
  asio::steady_timer ended;
  std::optional<absl::Status> outcome;
};

template <typename AnyCall>
std::function<void(grpc::Status)> end_of(World& world, std::shared_ptr<AnyCall> call) {
  return [&world, call = std::move(call)](const grpc::Status& status) {
    asio::post(world.context, [call, outcome = from_grpc_status(status)] {
      call->outcome = outcome;
      call->ended.cancel();
    });
  };
}

template <typename Request, typename Response>
Task<absl::StatusOr<Response>> result_of(std::shared_ptr<Call<Request, Response>> call) {
  while (!call->outcome) co_await call->ended.async_wait(asio::as_tuple(asio::use_awaitable));
  if (!call->outcome->ok()) co_return *call->outcome;
  co_return std::move(call->response);
}

}  // namespace

Backends::Backends(const std::vector<std::uint16_t>& ports) {
  for (const std::uint16_t port : ports) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectLeastMs);
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kReconnectLeastMs);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMostMs);
    stubs_.push_back(pb::ChatService::NewStub(
        grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials(), arguments)));
  }
}

Task<absl::StatusOr<pb::SendMessageResponse>> send_message(World& world, Backends& backends,
                                                           pb::SendMessageRequest request) {
  auto call = std::make_shared<Call<pb::SendMessageRequest, pb::SendMessageResponse>>(world, std::move(request));
  backends.any(world).async()->SendMessage(&call->context, &call->request, &call->response, end_of(world, call));
  return result_of(std::move(call));
}

Task<absl::StatusOr<pb::GetMessagesResponse>> get_messages(World& world, Backends& backends,
                                                           pb::GetMessagesRequest request) {
  auto call = std::make_shared<Call<pb::GetMessagesRequest, pb::GetMessagesResponse>>(world, std::move(request));
  backends.any(world).async()->GetMessages(&call->context, &call->request, &call->response, end_of(world, call));
  return result_of(std::move(call));
}

}  // namespace parley::faults
