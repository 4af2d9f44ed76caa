#include "gateway/web/queued_socket.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace parley::gateway {
namespace {

// What one system call takes from us. More would be of little use: it is some ten kilobytes of chat.
constexpr std::size_t kPiecesMax = 64;

// What a slow reader leaves unsent waits in our queue, which is bounded, rather than in the kernel's (tcp(7)).
using UnsentBytesMax = boost::asio::detail::socket_option::integer<IPPROTO_TCP, TCP_NOTSENT_LOWAT>;
constexpr int kUnsentBytesMax = 128 * 1024;

bool must_wait(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

// The front of what waits, as much as a record holds: where it lies, if it lies together, or else copied to `record`.
std::span<const char> next_record(const SendQueue& queue, std::span<char, TlsChannel::kRecordBytesMax> record) {
  std::array<iovec, kPiecesMax> room;
  const std::span<iovec> pieces = queue.gather(room);
  const iovec& front = pieces.front();
  if (pieces.size() == 1 || front.iov_len >= record.size()) {
    return {static_cast<const char*>(front.iov_base), std::min(front.iov_len, record.size())};
  }
  std::size_t filled = 0;
  for (const iovec& piece : pieces) {
    const std::size_t count = std::min(piece.iov_len, record.size() - filled);
    std::memcpy(record.data() + filled, piece.iov_base, count);
    filled += count;
  }
  return record.first(filled);
}

}  // namespace

QueuedSocket::QueuedSocket(ClientStream stream, std::size_t queue_bytes_max)
    : stream_(std::move(stream)), queue_(queue_bytes_max) {
  boost::system::error_code ignored;
  socket().set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  socket().set_option(UnsentBytesMax(kUnsentBytesMax), ignored);
}

QueuedSocket::Progress QueuedSocket::flush() {
  if (!socket().is_open()) return Progress::kEnded;
  TlsChannel* const tls = stream_.tls();
  return tls == nullptr ? flush_plain() : flush_records(*tls);
}

// What a call has not taken stays in the queue, in front, until a later one has: as TlsChannel::write wants it.
QueuedSocket::Progress QueuedSocket::flush_records(TlsChannel& tls) {
  std::array<char, TlsChannel::kRecordBytesMax> record;
  while (!queue_.empty()) {
    const auto [progress, count] = tls.write(next_record(queue_, record));
    if (progress == TlsChannel::Progress::kWantsWrite) return Progress::kBlocked;
    // Without renegotiation no write waits for a read.
    if (progress != TlsChannel::Progress::kDone) return Progress::kEnded;
    queue_.written(count);
  }
  return Progress::kDone;
}

QueuedSocket::Progress QueuedSocket::flush_plain() {
  std::array<iovec, kPiecesMax> room;
  while (!queue_.empty()) {
    const std::span<iovec> pieces = queue_.gather(room);
    std::size_t offered = 0;
    for (const iovec& piece : pieces) offered += piece.iov_len;
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    const ssize_t count = ::sendmsg(socket().native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return must_wait(errno) ? Progress::kBlocked : Progress::kEnded;
    queue_.written(static_cast<std::size_t>(count));
    if (static_cast<std::size_t>(count) < offered) return Progress::kBlocked;
  }
  return Progress::kDone;
}

QueuedSocket::Read QueuedSocket::read(std::span<char> buffer) {
  if (!socket().is_open()) return {Progress::kEnded, 0};
  TlsChannel* const tls = stream_.tls();
  if (tls == nullptr) return read_plain(buffer);
  const auto [progress, count] = tls->read(buffer);
  if (progress == TlsChannel::Progress::kDone) return {Progress::kDone, count};
  return {progress == TlsChannel::Progress::kEnded ? Progress::kEnded : Progress::kBlocked, 0};
}

QueuedSocket::Read QueuedSocket::read_plain(std::span<char> buffer) {
  for (;;) {
    const ssize_t count = ::recv(socket().native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count > 0) return {Progress::kDone, static_cast<std::size_t>(count)};
    if (count < 0 && errno == EINTR) continue;
    return {count < 0 && must_wait(errno) ? Progress::kBlocked : Progress::kEnded, 0};
  }
}

void QueuedSocket::end_writing() { stream_.end_writing(); }

void QueuedSocket::close() {
  stream_.close();
  queue_.fail();
}

}  // namespace parley::gateway
