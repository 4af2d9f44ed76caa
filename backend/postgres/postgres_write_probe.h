// The probe of writability on PostgreSQL, over a connection of its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "backend/chat/write_probe.h"

struct pg_conn;  // libpq's

namespace parley::backend {

// Speaks to the server through libpq's non-blocking calls, because a server that is frozen answers a blocking one
// never. A probe lets the server write 224 KiB to a temporary file, which is what a full disk refuses, and then commits
// a record of a few bytes to its log; nothing of either stays. A lost connection is made again within the same probe.
// (Only the look-up of a host's name may take longer than the limit.)
class PostgresWriteProbe final : public WriteProbe {
 public:
  // From make_connection_string(), for kProbe.
  explicit PostgresWriteProbe(const std::string& connection_string);
  ~PostgresWriteProbe() override;

  absl::Status probe(std::chrono::milliseconds limit) override;

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  // How one attempt ended.
  struct Outcome {
    enum class Kind { kDone, kRefused, kLost, kTimedOut } kind = Kind::kDone;
    std::string reason = {};
  };

  Outcome attempt(Deadline deadline);
  Outcome connect(Deadline deadline);
  Outcome run(Deadline deadline);
  Outcome read_results(Deadline deadline);
  Outcome lost() const;
  // False when the deadline passes first.
  bool wait_for(short events, Deadline deadline) const;

  // One for each host to begin with, so that one that swallows everything costs a probe and no more.
  const std::vector<std::string> connection_strings_;
  std::size_t next_ = 0;
  std::unique_ptr<pg_conn, void (*)(pg_conn*)> connection_;
};

}  // namespace parley::backend
