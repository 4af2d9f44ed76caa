#include "common/secret_file.h"

#include <algorithm>
#include <fstream>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/errors.h"

namespace parley {
namespace {

absl::Status invalid(const std::string& path, std::string_view problem) {
  return make_error(absl::StatusCode::kInvalidArgument, "CONFIGURATION_INVALID",
                    absl::StrCat("the secret file ", path, " ", std::string(problem)));
}

bool is_printable(const std::string& line) {
  return std::all_of(line.begin(), line.end(), [](char character) { return character > ' ' && character < '\x7f'; });
}

}  // namespace

absl::StatusOr<std::vector<std::string>> read_secret_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) return invalid(path, "cannot be read");
  std::vector<std::string> secrets;
  std::string line;
  while (std::getline(file, line)) {
    absl::StripAsciiWhitespace(&line);
    if (line.empty() || line.front() == '#') continue;
    if (line.size() < kSecretBytesLeast || line.size() > kSecretBytesMost || !is_printable(line)) {
      return invalid(path,
                     "has a line that is not 32 to 256 printable characters: make one with `openssl rand -hex 32`");
    }
    if (secrets.size() == kSecretsMax) return invalid(path, "has more than 4 lines");
    secrets.push_back(line);
  }
  if (secrets.empty()) return invalid(path, "is empty: make a line with `openssl rand -hex 32`");
  return secrets;
}

}  // namespace parley
