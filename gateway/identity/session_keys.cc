#include "gateway/identity/session_keys.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/absl_view.h"
#include "common/base64url.h"
#include "common/errors.h"

namespace parley::gateway {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kFileBytesMax = 16UL * 1024;
// After a rotation sessions of the two before are still accepted.
constexpr std::size_t kKeysKept = 3;

absl::Status failed(const std::string& path, std::string_view what) {
  return make_error(absl::StatusCode::kFailedPrecondition, "SESSION_KEYS_FAILED",
                    absl::StrCat("the file of session keys ", path, " ", to_absl(what)));
}

absl::Status failed_with_errno(const std::string& path, std::string_view what) {
  return failed(path, absl::StrCat(to_absl(what), ": ", std::strerror(errno)));
}

SessionKey make_key(RandomSource& random, std::int64_t now) {
  std::array<std::byte, kKeyBytes> bytes;
  random.fill(bytes);
  return {.make_time = now, .secret = std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size())};
}

absl::StatusOr<std::vector<SessionKey>> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return failed_with_errno(path, "cannot be read");
  std::ostringstream text;
  text << file.rdbuf();
  if (text.str().size() > kFileBytesMax) return failed(path, "is too long");
  absl::StatusOr<std::vector<SessionKey>> keys = parse_session_keys(text.str());
  if (!keys.ok()) return failed(path, to_std(keys.status().message()));
  return keys;
}

// Gives `file` the owner, the group and the mode of the file that it is to replace: whoever reads that one, perhaps not
// whoever runs this, must be able to read the new one.
bool inherit_access(int file, const struct stat& replaced) {
  struct stat made {};
  if (::fstat(file, &made) != 0) return false;
  const bool has_owner = made.st_uid == replaced.st_uid && made.st_gid == replaced.st_gid;
  constexpr mode_t kPermissions = 07777;
  return (has_owner || ::fchown(file, replaced.st_uid, replaced.st_gid) == 0) &&
         ::fchmod(file, replaced.st_mode & kPermissions) == 0;
}

// A file beside `path`; its name. For its owner alone, or with the access of `replaced`.
absl::StatusOr<std::string> write_beside(const std::string& path, const std::string& text, RandomSource& random,
                                         const struct stat* replaced = nullptr) {
  std::string beside = absl::StrCat(path, ".", make_id(random));
  const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) return failed_with_errno(beside, "cannot be made");
  const bool has_access = replaced == nullptr || inherit_access(file, *replaced);
  const bool written =
      has_access && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
  const int error = errno;
  ::close(file);
  if (written) return beside;
  ::unlink(beside.c_str());
  errno = error;
  if (has_access) return failed_with_errno(beside, "cannot be written");
  return failed_with_errno(path,
                           "cannot be replaced by one of the same owner and mode; run this as its owner or as root");
}

// The file itself, behind links to it.
absl::StatusOr<std::string> resolve(const std::string& path) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(path, error);
  if (error) return failed(path, absl::StrCat("cannot be found: ", error.message()));
  return real.string();
}

}  // namespace

absl::StatusOr<std::vector<SessionKey>> parse_session_keys(std::string_view text) {
  const auto invalid = [](std::string_view what) {
    return make_error(absl::StatusCode::kInvalidArgument, "CONFIGURATION_INVALID", what);
  };
  std::vector<SessionKey> keys;
  for (const absl::string_view line : absl::StrSplit(to_absl(text), '\n')) {
    const absl::string_view stripped = absl::StripAsciiWhitespace(line);
    if (stripped.empty() || stripped.front() == '#') continue;
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(stripped, absl::MaxSplits(' ', 1));
    SessionKey key;
    const std::optional<std::string> secret = decode_base64url(to_std(parts.second));
    const bool is_well = absl::SimpleAtoi(parts.first, &key.make_time) && key.make_time >= 0 && secret.has_value() &&
                         secret->size() == kKeyBytes;
    if (!is_well) return invalid("has a line that is not a time and 32 bytes in base64url");
    key.secret = *secret;
    keys.push_back(std::move(key));
    if (keys.size() > kSessionKeysMax) return invalid("has more than 8 keys");
  }
  if (keys.empty()) return invalid("has no key");
  return keys;
}

std::string format_session_keys(const std::vector<SessionKey>& keys) {
  std::string text = "# Whoever reads this can be anybody in the chat. A line a key: when it was made, and the key.\n";
  for (const SessionKey& key : keys) absl::StrAppend(&text, key.make_time, " ", encode_base64url(key.secret), "\n");
  return text;
}

std::vector<std::string> order_session_keys(const std::vector<SessionKey>& keys, std::int64_t now) {
  std::vector<const SessionKey*> order;
  order.reserve(keys.size());
  for (const SessionKey& key : keys) order.push_back(&key);
  // The newest that is old enough; where none is, the oldest: there was none before it.
  const auto is_before = [now](const SessionKey* left, const SessionKey* right) {
    const bool left_signs = left->make_time + kSessionKeyDelayS <= now;
    const bool right_signs = right->make_time + kSessionKeyDelayS <= now;
    if (left_signs != right_signs) return left_signs;
    return left_signs ? left->make_time > right->make_time : left->make_time < right->make_time;
  };
  std::stable_sort(order.begin(), order.end(), is_before);
  std::vector<std::string> secrets;
  secrets.reserve(order.size());
  for (const SessionKey* key : order) secrets.push_back(key->secret);
  return secrets;
}

absl::StatusOr<std::vector<SessionKey>> load_or_make_session_keys(const std::string& path, RandomSource& random,
                                                                  std::int64_t now) {
  if (::access(path.c_str(), F_OK) == 0) return read_file(path);
  const absl::StatusOr<std::string> beside = write_beside(path, format_session_keys({make_key(random, now)}), random);
  if (!beside.ok()) return beside.status();
  // It appears whole, and only where there is none: another gateway may have been quicker.
  const bool linked = ::link(beside->c_str(), path.c_str()) == 0;
  const int error = errno;
  ::unlink(beside->c_str());
  errno = error;
  if (!linked && error != EEXIST) return failed_with_errno(path, "cannot be made");
  return read_file(path);
}

absl::Status rotate_session_keys(const std::string& path, RandomSource& random, std::int64_t now) {
  absl::StatusOr<std::vector<SessionKey>> keys = load_or_make_session_keys(path, random, now);
  if (!keys.ok()) return keys.status();
  const absl::StatusOr<std::string> file = resolve(path);
  if (!file.ok()) return file.status();
  struct stat replaced {};
  if (::stat(file->c_str(), &replaced) != 0) return failed_with_errno(path, "cannot be looked at");
  keys->insert(keys->begin(), make_key(random, now));
  if (keys->size() > kKeysKept) keys->resize(kKeysKept);
  const absl::StatusOr<std::string> beside = write_beside(*file, format_session_keys(*keys), random, &replaced);
  if (!beside.ok()) return beside.status();
  if (::rename(beside->c_str(), file->c_str()) == 0) return absl::OkStatus();
  absl::Status status = failed_with_errno(path, "cannot be replaced");
  ::unlink(beside->c_str());
  return status;
}

SessionKeys::SessionKeys(std::string path, std::vector<SessionKey> keys, const Clock& clock, const Logger& logger)
    : path_(std::move(path)), clock_(clock), logger_(logger), keys_(std::move(keys)) {}

absl::StatusOr<std::unique_ptr<SessionKeys>> SessionKeys::open(const std::string& path, RandomSource& random,
                                                               const Clock& clock, const Logger& logger) {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock.system_now().time_since_epoch()).count();
  if (path.empty()) {
    return std::unique_ptr<SessionKeys>(new SessionKeys(path, {make_key(random, now)}, clock, logger));
  }
  absl::StatusOr<std::vector<SessionKey>> keys = load_or_make_session_keys(path, random, now);
  if (!keys.ok()) return keys.status();
  return std::unique_ptr<SessionKeys>(new SessionKeys(path, *std::move(keys), clock, logger));
}

std::vector<std::string> SessionKeys::ordered() const {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock_.system_now().time_since_epoch()).count();
  const std::scoped_lock lock(mutex_);
  return order_session_keys(keys_, now);
}

void SessionKeys::reload_if_changed() {
  if (path_.empty()) return;
  const FileStamp stamp = FileStamp::of(path_);
  if (stamp == stamp_) return;
  stamp_ = stamp;
  absl::StatusOr<std::vector<SessionKey>> keys = read_file(path_);
  if (!keys.ok()) {
    logger_.error("session_keys_not_reloaded", {{"reason", std::string(keys.status().message())}});
    return;
  }
  {
    const std::scoped_lock lock(mutex_);
    if (keys_ == *keys) return;
    keys_ = *keys;
  }
  logger_.info("session_keys_reloaded", {{"keys", keys->size()}});
}

}  // namespace parley::gateway
