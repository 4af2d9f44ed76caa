// Tells whoever started this process which port it got.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace parley {

// Writes `port` in decimal and a newline; the file appears whole, by a rename. An empty path: nothing to do.
// INTERNAL (PORT_FILE_FAILED).
absl::Status write_port_file(const std::string& path, int port);

}  // namespace parley
