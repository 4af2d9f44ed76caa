// Files that hold secrets, a line each.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/random.h"

namespace parley {

// A secret that is chosen badly is not one: 32 characters of base64 or hexadecimal are 128 bits at least.
inline constexpr std::size_t kSecretBytesLeast = 32;
inline constexpr std::size_t kSecretBytesMost = 256;
inline constexpr std::size_t kSecretsMax = 4;

// The lines of the file at `path`, without white space at their ends, empty lines and lines that begin with `#`: 1 to
// kSecretsMax of them, printable ASCII of kSecretBytesLeast to kSecretBytesMost bytes. INVALID_ARGUMENT
// (CONFIGURATION_INVALID), which never quotes what is in the file. Blocks.
absl::StatusOr<std::vector<std::string>> read_secret_file(const std::string& path);

// Where there is no file at `path`: makes one for its owner alone, with a new secret of 256 bits; it appears whole, and
// several processes may do so at the same time. Then the file is there and good. INVALID_ARGUMENT as above for one that
// was there and is not, FAILED_PRECONDITION (SECRET_NOT_MADE). Blocks.
absl::Status make_secret_file(const std::string& path, RandomSource& random);

}  // namespace parley
