// One unary call of the gRPC callback API.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <utility>

#include "backend/api/api_metrics.h"
#include "backend/api/call_authority.h"
#include "backend/api/call_gate.h"
#include "backend/api/trace_metadata.h"
#include "backend/chat/store.h"
#include "common/errors.h"
#include "common/grpc_status.h"

namespace parley::backend {

// What calls need to know about the server. Outlives all calls.
struct CallEnvironment {
  CallGate& gate;
  const CallAuthority& authority;
  CallNotes notes;
  std::chrono::milliseconds call_limit;  // for callers that set no deadline, or a later one
};

// Owns itself until gRPC is done with it. For a caller who has `access`, start() hands the caller, a limit and a
// completion to `begin`, which is called at once and must see to it that the completion is called once, from any
// thread.
template <typename Response>
class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  template <typename Begin>
  static grpc::ServerUnaryReactor* start(CallEnvironment& environment, ApiMethod method,
                                         grpc::CallbackServerContext* context, const Access& access, Response* response,
                                         Begin begin) {
    auto call = std::make_shared<UnaryCall>(environment, method, trace_of(*context), response);
    UnaryCall* reactor = call.get();
    reactor->self_ = std::move(call);
    const absl::StatusOr<CallCaller> caller = reactor->admit(*context, access);
    if (!caller.ok()) {
      environment.notes.refused(name_of(method), reactor->trace_, caller.status());
      reactor->Finish(to_grpc_status(caller.status()));
      return reactor;
    }
    CallLimit limit{.deadline = reactor->deadline(*context),
                    .cancelled = reactor->cancelled_,
                    .operation = name_of(method),
                    .trace = reactor->trace_};
    begin(*caller, std::move(limit),
          [reactor](absl::StatusOr<Response> result) { reactor->complete(std::move(result)); });
    return reactor;
  }

  UnaryCall(CallEnvironment& environment, ApiMethod method, const TraceContext& trace, Response* response)
      : environment_(environment),
        method_(method),
        trace_(trace),
        began_(std::chrono::steady_clock::now()),
        response_(response),
        entered_(environment.gate.enter()) {}

  void OnCancel() override { cancelled_->store(true, std::memory_order_relaxed); }
  void OnDone() override {
    if (entered_) environment_.gate.leave();
    const std::shared_ptr<UnaryCall> last = std::move(self_);
  }

 private:
  absl::StatusOr<CallCaller> admit(const grpc::CallbackServerContext& context, const Access& access) const {
    if (entered_) return environment_.authority.admit(context, access);
    return make_error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "this backend is shutting down");
  }

  std::chrono::steady_clock::time_point deadline(const grpc::CallbackServerContext& context) const {
    const auto left = context.deadline() - std::chrono::system_clock::now();
    const auto limit = std::chrono::duration_cast<std::chrono::system_clock::duration>(environment_.call_limit);
    return std::chrono::steady_clock::now() + std::min(left, limit);
  }

  void complete(absl::StatusOr<Response> result) {
    environment_.notes.answered(method_, trace_, std::chrono::steady_clock::now() - began_, result.status());
    if (!result.ok()) return Finish(to_grpc_status(result.status()));
    *response_ = *std::move(result);
    Finish(grpc::Status::OK);
  }

  CallEnvironment& environment_;
  const ApiMethod method_;
  const TraceContext trace_;
  const std::chrono::steady_clock::time_point began_;
  Response* const response_;
  const bool entered_;
  const std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<UnaryCall> self_;
};

}  // namespace parley::backend
