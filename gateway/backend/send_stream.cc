#include "gateway/backend/send_stream.h"

#include <utility>

#include <boost/asio/post.hpp>

namespace parley::gateway {

SendStream::SendStream(boost::asio::io_context& context, Handlers handlers)
    : context_(context), handlers_(std::make_shared<Handlers>(std::move(handlers))) {}

std::shared_ptr<SendStream> SendStream::start(const BackendPool& pool, std::size_t backend,
                                              boost::asio::io_context& context, Handlers handlers) {
  std::shared_ptr<SendStream> stream(new SendStream(context, std::move(handlers)));
  stream->self_ = stream;
  pool.authorize(stream->call_);
  pool.at(backend).gateway->async()->SendMessages(&stream->call_, stream.get());
  // Writes start outside of the reactions: without a hold the stream could end under them.
  stream->AddHold();
  stream->StartRead(&stream->read_);
  stream->StartCall();
  return stream;
}

void SendStream::write(pb::SendMessagesRequest request) {
  const std::lock_guard lock(mutex_);
  if (read_ended_) return;
  written_ = std::move(request);
  StartWrite(&written_);
}

void SendStream::cancel() { call_.TryCancel(); }

void SendStream::OnReadDone(bool ok) {
  if (!ok) {
    {
      const std::lock_guard lock(mutex_);
      read_ended_ = true;
    }
    return RemoveHold();
  }
  boost::asio::post(context_, [handlers = handlers_, response = std::move(read_)]() mutable {
    handlers->answered(std::move(response));
  });
  read_ = pb::SendMessagesResponse();
  StartRead(&read_);
}

void SendStream::OnWriteDone(bool ok) {
  if (ok) boost::asio::post(context_, [handlers = handlers_] { handlers->written(); });
}

void SendStream::OnDone(const grpc::Status& status) {
  boost::asio::post(context_, [handlers = handlers_, status] { handlers->ended(status); });
  self_.reset();
}

}  // namespace parley::gateway
