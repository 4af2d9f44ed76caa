#include "tests/unit/support/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace parley::faults {
namespace {

constexpr int kPatienceMs = 5'000;
constexpr int kBacklog = 4'096;
constexpr std::size_t kBufferBytes = 16'384;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

bool is_readable(int descriptor, int patience_ms) {
  pollfd entry{.fd = descriptor, .events = POLLIN, .revents = 0};
  return poll(&entry, 1, patience_ms) > 0;
}

}  // namespace

Peer::Peer(int descriptor) : descriptor_(descriptor) {}
Peer::~Peer() { close(); }
Peer::Peer(Peer&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
Peer& Peer::operator=(Peer&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

Peer Peer::connect(std::uint16_t port) {
  Peer peer(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port);
  if (::connect(peer.descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) peer.close();
  return peer;
}

bool Peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::size_t Peer::send_without_blocking(std::size_t limit) {
  const std::string bytes(std::size_t{64} * 1024, 'x');
  std::size_t total = 0;
  while (total < limit) {
    const ssize_t sent =
        ::send(descriptor_, bytes.data(), std::min(bytes.size(), limit - total), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) return total;
    total += static_cast<std::size_t>(sent);
  }
  return total;
}

std::string Peer::receive(std::size_t count, int patience_ms) {
  std::string received;
  std::array<char, kBufferBytes> buffer;
  while (received.size() < count && is_readable(descriptor_, patience_ms)) {
    const ssize_t got = recv(descriptor_, buffer.data(), std::min(buffer.size(), count - received.size()), 0);
    if (got <= 0) break;
    received.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return received;
}

Ending Peer::ending(int patience_ms) {
  std::array<char, kBufferBytes> buffer;
  while (is_readable(descriptor_, patience_ms)) {
    const ssize_t got = recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (got == 0) return Ending::kOrderly;
    if (got < 0) return errno == ECONNRESET ? Ending::kReset : Ending::kNone;
  }
  return Ending::kNone;
}

void Peer::end_sending() { shutdown(descriptor_, SHUT_WR); }

void Peer::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void Peer::reset() {
  const linger hard{.l_onoff = 1, .l_linger = 0};
  setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
  close();
}

Listener::Listener() : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(descriptor_, generic, size) != 0 || listen(descriptor_, kBacklog) != 0 ||
      getsockname(descriptor_, generic, &size) != 0) {
    return;
  }
  port_ = ntohs(address.sin_port);
}

Listener::~Listener() { ::close(descriptor_); }

bool Listener::has_waiting(int patience_ms) { return is_readable(descriptor_, patience_ms); }

Peer Listener::accept() { return Peer(has_waiting(kPatienceMs) ? ::accept(descriptor_, nullptr, nullptr) : -1); }

}  // namespace parley::faults
