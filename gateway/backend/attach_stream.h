// One GatewayService.Attach stream over gRPC, from its start to its end.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <cstddef>
#include <memory>
#include <mutex>

#include "absl/functional/any_invocable.h"
#include "gateway/backend/backend_pool.h"
#include "gateway/hub/executor.h"

namespace parley::gateway {

// About `kEventsUnderWayMax` events are out with the receiver at a time: each response comes with a ticket, and reading
// goes on when tickets are let go. So a slow receiver slows the backend's queue down instead of growing ours.
class AttachStream final : public grpc::ClientBidiReactor<pb::AttachRequest, pb::AttachResponse>,
                           public std::enable_shared_from_this<AttachStream> {
 public:
  static constexpr std::size_t kEventsUnderWayMax = 1024;

  // All of them run on the executor, in order; `ended` last.
  struct Handlers {
    absl::AnyInvocable<void(pb::AttachResponse, std::shared_ptr<void> ticket)> item;
    absl::AnyInvocable<void()> written;
    absl::AnyInvocable<void(grpc::Status)> ended;
  };

  // Begins. The stream keeps itself alive until it has ended; `executor` outlives that.
  static std::shared_ptr<AttachStream> start(const BackendPool& pool, std::size_t backend, Executor& executor,
                                             Handlers handlers);

  // One at a time: the next after `written`. On the executor's thread.
  void write(pb::AttachRequest request);
  // `ended` follows soon. Any thread.
  void cancel();

 private:
  AttachStream(Executor& executor, Handlers handlers);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;
  // `weight`: of the response in `under_way_`.
  void ticket_returned(std::size_t weight);

  Executor& executor_;
  const std::shared_ptr<Handlers> handlers_;  // used on the executor only
  grpc::ClientContext context_;
  pb::AttachRequest written_;
  pb::AttachResponse read_;
  std::shared_ptr<AttachStream> self_;  // until OnDone
  std::mutex mutex_;
  std::size_t under_way_ = 0;  // events; any other response counts as one
  bool read_paused_ = false;
  bool read_ended_ = false;  // no more writes
};

}  // namespace parley::gateway
