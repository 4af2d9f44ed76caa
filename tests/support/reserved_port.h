// A TCP port that stays ours while nothing listens on it.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"

namespace parley::faults {

// A port of 127.0.0.1 held by a bound socket that never listens. Whoever connects is refused, the kernel gives the port
// to no other socket, not even as the near end of an outgoing connection, and a server that sets SO_REUSEADDR can
// listen on it, again and again.
class ReservedPort {
 public:
  // RESOURCE_EXHAUSTED when there is no free port or descriptor.
  static absl::StatusOr<ReservedPort> take();
  ~ReservedPort();
  ReservedPort(ReservedPort&& other) noexcept;
  ReservedPort& operator=(ReservedPort&& other) noexcept;

  std::uint16_t number() const { return number_; }

 private:
  ReservedPort(int descriptor, std::uint16_t number) : descriptor_(descriptor), number_(number) {}

  int descriptor_;
  std::uint16_t number_;
};

}  // namespace parley::faults
