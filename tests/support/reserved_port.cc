#include "tests/support/reserved_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/status/status.h"

namespace parley::faults {

absl::StatusOr<ReservedPort> ReservedPort::take() {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return absl::ResourceExhaustedError(std::strerror(errno));
  ReservedPort port(descriptor, 0);
  const int enabled = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  // Bound without SO_REUSEADDR, so that the port is nobody else's; the option then lets a server share it.
  if (bind(descriptor, generic, size) != 0 || getsockname(descriptor, generic, &size) != 0 ||
      setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &enabled, sizeof(enabled)) != 0) {
    return absl::ResourceExhaustedError(std::strerror(errno));
  }
  port.number_ = ntohs(address.sin_port);
  return port;
}

ReservedPort::~ReservedPort() {
  if (descriptor_ >= 0) close(descriptor_);
}

ReservedPort::ReservedPort(ReservedPort&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), number_(other.number_) {}

ReservedPort& ReservedPort::operator=(ReservedPort&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(number_, other.number_);
  return *this;
}

}  // namespace parley::faults
