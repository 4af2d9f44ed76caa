#include "tests/faults/grpc_calls.h"

#include <grpcpp/grpcpp.h>

#include <functional>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "absl/strings/str_cat.h"
#include "common/grpc_status.h"

namespace parley::faults {
namespace {

namespace asio = boost::asio;

constexpr int kReconnectLeastMs = 50;
constexpr int kReconnectMostMs = 500;

template <typename Request, typename Response>
struct Call {
  grpc::ClientContext context;
  Request request;
  Response response;
};

// Runs a callback call; its end is posted to the I/O thread, on which the task goes on.
template <typename Request, typename Response, typename Start>
Task<absl::StatusOr<Response>> run_call(World& world, Request request, Start start) {
  auto call = std::make_shared<Call<Request, Response>>();
  call->request = std::move(request);
  call->context.set_deadline(std::chrono::system_clock::now() + kCallMax);
  const absl::Status status = co_await asio::async_initiate<const asio::use_awaitable_t<>, void(absl::Status)>(
      [&world, &start, call](auto handler) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        start(*call, [&world, shared, call, running = asio::make_work_guard(world.context)](const grpc::Status& outcome) {
          asio::post(world.context,
                     [shared, converted = from_grpc_status(outcome)] { std::move (*shared)(converted); });
        });
      },
      asio::use_awaitable);
  if (!status.ok()) co_return status;
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
  pb::ChatService::StubInterface& stub = backends.any(world);
  co_return co_await run_call<pb::SendMessageRequest, pb::SendMessageResponse>(
      world, std::move(request), [&stub](auto& call, std::function<void(const grpc::Status&)> done) {
        stub.async()->SendMessage(&call.context, &call.request, &call.response, std::move(done));
      });
}

Task<absl::StatusOr<pb::GetMessagesResponse>> get_messages(World& world, Backends& backends,
                                                           pb::GetMessagesRequest request) {
  pb::ChatService::StubInterface& stub = backends.any(world);
  co_return co_await run_call<pb::GetMessagesRequest, pb::GetMessagesResponse>(
      world, std::move(request), [&stub](auto& call, std::function<void(const grpc::Status&)> done) {
        stub.async()->GetMessages(&call.context, &call.request, &call.response, std::move(done));
      });
}

}  // namespace parley::faults
