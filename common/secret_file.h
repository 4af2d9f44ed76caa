// Files that hold secrets, a line each.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace parley {

// A secret that is chosen badly is not one: 32 characters of base64 or hexadecimal are 128 bits at least.
inline constexpr std::size_t kSecretBytesLeast = 32;
inline constexpr std::size_t kSecretBytesMost = 256;
inline constexpr std::size_t kSecretsMax = 4;

// The lines of the file at `path`, without white space at their ends, empty lines and lines that begin with `#`: 1 to
// kSecretsMax of them, printable ASCII of kSecretBytesLeast to kSecretBytesMost bytes. INVALID_ARGUMENT
// (CONFIGURATION_INVALID), which never quotes what is in the file. Blocks.
absl::StatusOr<std::vector<std::string>> read_secret_file(const std::string& path);

}  // namespace parley
