#include "common/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
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

absl::Status not_made(const std::string& path) {
  return make_error(absl::StatusCode::kFailedPrecondition, "SECRET_NOT_MADE",
                    absl::StrCat("the secret file ", path, " cannot be made: ", std::strerror(errno)));
}

// A line with a new secret.
std::string make_line(RandomSource& random) {
  std::array<std::byte, 32> bytes;
  random.fill(bytes);
  return absl::StrCat(absl::BytesToHexString({reinterpret_cast<const char*>(bytes.data()), bytes.size()}), "\n");
}

bool write_new_file(const std::string& path, const std::string& text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) return false;
  const bool written =
      ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
  const int error = errno;
  ::close(file);
  if (!written) ::unlink(path.c_str());
  errno = error;
  return written;
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

absl::Status make_secret_file(const std::string& path, RandomSource& random) {
  if (::access(path.c_str(), F_OK) == 0) return read_secret_file(path).status();
  const std::string beside = absl::StrCat(path, ".", make_id(random));
  if (!write_new_file(beside, make_line(random))) return not_made(path);
  // Another process may have been quicker: what is there then stays.
  const bool linked = ::link(beside.c_str(), path.c_str()) == 0;
  const int error = errno;
  ::unlink(beside.c_str());
  errno = error;
  if (!linked && error != EEXIST) return not_made(path);
  return read_secret_file(path).status();
}

}  // namespace parley
