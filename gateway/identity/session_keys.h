// The keys that sign sessions: a file, shared by all gateways of a system.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/logger.h"
#include "common/random.h"
#include "gateway/identity/file_stamp.h"

namespace parley::gateway {

struct SessionKey {
  std::int64_t make_time = 0;  // seconds of Unix time
  std::string secret;          // 32 bytes

  bool operator==(const SessionKey&) const = default;
};

inline constexpr std::size_t kSessionKeysMax = 8;
// Until all gateways that share a new key have read it, it signs nothing.
inline constexpr std::int64_t kSessionKeyDelayS = 60;

// The text of a key file: a line a key, `MAKE_TIME SECRET` with the secret in base64url, the newest first; empty lines
// and those that begin with `#` count for nothing. INVALID_ARGUMENT (CONFIGURATION_INVALID), which quotes nothing, for
// any other text.
absl::StatusOr<std::vector<SessionKey>> parse_session_keys(std::string_view text);
std::string format_session_keys(const std::vector<SessionKey>& keys);

// The secrets of `keys` in the order in which they are to be used at `now`: the first signs, the others are accepted.
std::vector<std::string> order_session_keys(const std::vector<SessionKey>& keys, std::int64_t now);

// The file at `path`, made with one new key when there is none (several processes may do so at the same time: one
// makes it). FAILED_PRECONDITION (SESSION_KEYS_FAILED). Blocks.
absl::StatusOr<std::vector<SessionKey>> load_or_make_session_keys(const std::string& path, RandomSource& random,
                                                                  std::int64_t now);
// Puts a new key before the others, of which the newest stay; the file, behind links to it, is replaced as a whole by
// one of the same owner, group and mode. Errors as above. Blocks.
absl::Status rotate_session_keys(const std::string& path, RandomSource& random, std::int64_t now);

// The keys in use, read again when the file has changed. Thread-safe.
class SessionKeys {
 public:
  // Those of the file at `path`; with an empty path one key that lives as long as this object. Errors as above. Blocks.
  static absl::StatusOr<std::unique_ptr<SessionKeys>> open(const std::string& path, RandomSource& random,
                                                           const Clock& clock, const Logger& logger);

  // See order_session_keys().
  std::vector<std::string> ordered() const;
  // Reads the file if it is another one than at the last look; one that cannot be read changes nothing. Blocks, for a
  // moment.
  void reload_if_changed();

 private:
  SessionKeys(std::string path, std::vector<SessionKey> keys, const Clock& clock, const Logger& logger);

  const std::string path_;
  const Clock& clock_;
  const Logger& logger_;
  FileStamp stamp_;  // of the last look, used by reload_if_changed() only; none before the first
  mutable std::mutex mutex_;
  std::vector<SessionKey> keys_;  // under mutex_
};

}  // namespace parley::gateway
