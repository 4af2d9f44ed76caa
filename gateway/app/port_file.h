#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace parley::gateway {

// Writes the port in decimal and a newline to `path`, in one step: a reader sees all of it or nothing.
absl::Status write_port_file(const std::string& path, std::uint16_t port);

}  // namespace parley::gateway
