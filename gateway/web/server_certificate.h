// The gateway's certificate as its files have it now.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <ctime>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/logger.h"
#include "common/pem_pair.h"
#include "gateway/web/tls_context.h"

namespace parley::gateway {

// current() from any thread, refresh() from one.
class ServerCertificate {
 public:
  // Reads the files. FAILED_PRECONDITION (CERTIFICATE_INVALID): see read_pem_pair and TlsContext::make. `clock` and
  // `logger` outlive the object.
  static absl::StatusOr<std::unique_ptr<ServerCertificate>> load(std::string certificate_file, std::string key_file,
                                                                 const Clock& clock, const Logger& logger);

  // What new connections begin with; those there are keep what they have.
  std::shared_ptr<const TlsContext> current() const;
  // Takes what has changed in the files, once it has stayed the same for one call: whoever replaces two files is not
  // disturbed in between. A pair that is of no use is refused with a line in the log, and the old one stays. Once a day
  // everything is made anew, and with it the keys of session tickets. Blocks the caller.
  void refresh();

 private:
  // What a file's change shows in.
  struct FileState {
    dev_t device = 0;
    ino_t inode = 0;
    off_t bytes = -1;
    std::timespec modified{};

    bool operator==(const FileState& other) const;
  };
  struct State {
    FileState certificate;
    FileState key;

    bool operator==(const State&) const = default;
  };

  ServerCertificate(std::string certificate_file, std::string key_file, const Clock& clock, const Logger& logger);

  static FileState state_of(const std::string& file);
  State look() const;
  absl::Status read();
  absl::Status use(PemPair pair);

  const std::string certificate_file_;
  const std::string key_file_;
  const Clock& clock_;
  const Logger& logger_;
  PemPair pair_;
  State read_state_;  // of the files when they were read last
  State seen_state_;  // at the last look
  std::chrono::steady_clock::time_point made_;
  mutable std::mutex mutex_;
  std::shared_ptr<const TlsContext> current_;
};

}  // namespace parley::gateway
