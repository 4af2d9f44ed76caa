#include "gateway/web/client_stream.h"

namespace parley::gateway {

ClientStream::ClientStream(Tcp::socket socket, const TlsContext& context) : socket_(std::move(socket)) {
  boost::system::error_code ignored;
  socket_.native_non_blocking(true, ignored);
  // A record that waits for an acknowledgement of the one before would wait for the peer's delay.
  socket_.set_option(Tcp::no_delay(true), ignored);
  tls_ = std::make_unique<TlsChannel>(context, socket_.native_handle());
}

void ClientStream::end_writing() {
  if (tls_ != nullptr) tls_->end_writing();
  boost::system::error_code ignored;
  socket_.shutdown(Tcp::socket::shutdown_send, ignored);
}

// The channel goes with the descriptor, whose number may soon be another socket's.
void ClientStream::close() {
  tls_ = nullptr;
  boost::system::error_code ignored;
  socket_.close(ignored);
}

ClientStream::Attempted ClientStream::read_record(std::span<char> buffer) {
  if (tls_ == nullptr) return {TlsChannel::Progress::kEnded, 0};
  return buffer.empty() ? Attempted{TlsChannel::Progress::kDone, 0} : tls_->read(buffer);
}

ClientStream::Attempted ClientStream::write_record(std::span<const char> bytes) {
  if (tls_ == nullptr) return {TlsChannel::Progress::kEnded, 0};
  return bytes.empty() ? Attempted{TlsChannel::Progress::kDone, 0} : tls_->write(bytes);
}

}  // namespace parley::gateway
