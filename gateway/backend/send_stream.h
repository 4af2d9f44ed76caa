// One GatewayService.SendMessages stream over gRPC, from its start to its end.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <memory>
#include <mutex>

#include <boost/asio/io_context.hpp>

#include "absl/functional/any_invocable.h"
#include "gateway/backend/backend_pool.h"

namespace parley::gateway {

class SendStream final : public grpc::ClientBidiReactor<pb::SendMessagesRequest, pb::SendMessagesResponse> {
 public:
  // All of them run on the context, in order; `ended` last.
  struct Handlers {
    absl::AnyInvocable<void(pb::SendMessagesResponse)> answered;
    absl::AnyInvocable<void()> written;
    absl::AnyInvocable<void(grpc::Status)> ended;
  };

  // Begins. The stream keeps itself alive until it has ended; `context` outlives that.
  static std::shared_ptr<SendStream> start(const BackendPool& pool, std::size_t backend,
                                           boost::asio::io_context& context, Handlers handlers);

  // One at a time: the next after `written`. On the context's thread.
  void write(pb::SendMessagesRequest request);
  // `ended` follows soon. Any thread.
  void cancel();

 private:
  SendStream(boost::asio::io_context& context, Handlers handlers);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

  boost::asio::io_context& context_;
  const std::shared_ptr<Handlers> handlers_;  // used on the context only
  grpc::ClientContext call_;
  pb::SendMessagesRequest written_;
  pb::SendMessagesResponse read_;
  std::shared_ptr<SendStream> self_;  // until OnDone
  std::mutex mutex_;
  bool read_ended_ = false;  // no more writes
};

}  // namespace parley::gateway
