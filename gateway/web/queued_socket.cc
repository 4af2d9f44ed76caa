#include "gateway/web/queued_socket.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

namespace parley::gateway {
namespace {

// What one system call takes from us. More would be of little use: it is some ten kilobytes of chat.
constexpr std::size_t kPiecesMax = 64;

// What a slow reader leaves unsent waits in our queue, which is bounded, rather than in the kernel's (tcp(7)).
using UnsentBytesMax = boost::asio::detail::socket_option::integer<IPPROTO_TCP, TCP_NOTSENT_LOWAT>;
constexpr int kUnsentBytesMax = 128 * 1024;

bool must_wait(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

}  // namespace

QueuedSocket::QueuedSocket(boost::asio::ip::tcp::socket socket, std::size_t queue_bytes_max)
    : socket_(std::move(socket)), queue_(queue_bytes_max) {
  boost::system::error_code ignored;
  socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  socket_.set_option(UnsentBytesMax(kUnsentBytesMax), ignored);
}

QueuedSocket::Progress QueuedSocket::flush() {
  if (!socket_.is_open()) return Progress::kEnded;
  std::array<iovec, kPiecesMax> room;
  while (!queue_.empty()) {
    const std::span<iovec> pieces = queue_.gather(room);
    std::size_t offered = 0;
    for (const iovec& piece : pieces) offered += piece.iov_len;
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    const ssize_t count = ::sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return must_wait(errno) ? Progress::kBlocked : Progress::kEnded;
    queue_.written(static_cast<std::size_t>(count));
    if (static_cast<std::size_t>(count) < offered) return Progress::kBlocked;
  }
  return Progress::kDone;
}

QueuedSocket::Read QueuedSocket::read(std::span<char> buffer) {
  if (!socket_.is_open()) return {Progress::kEnded, 0};
  for (;;) {
    const ssize_t count = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count > 0) return {Progress::kDone, static_cast<std::size_t>(count)};
    if (count < 0 && errno == EINTR) continue;
    return {count < 0 && must_wait(errno) ? Progress::kBlocked : Progress::kEnded, 0};
  }
}

void QueuedSocket::end_writing() {
  boost::system::error_code ignored;
  socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
}

void QueuedSocket::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
  queue_.fail();
}

}  // namespace parley::gateway
