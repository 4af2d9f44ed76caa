// PostgreSQL of the rig: a cluster of its own that can be hurt.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace parley::faults {

// Used by one thread. The cluster and its disk go with it, and with this process in any case, however that ends.
class RigDatabase {
 public:
  // `folder` exists. `disk_bytes`: see RigOptions::database_disk_bytes. UNIMPLEMENTED when this machine does not let us
  // have such a disk; INTERNAL with the reason in folder/commands.log.
  static absl::StatusOr<std::unique_ptr<RigDatabase>> start(std::filesystem::path folder, std::size_t disk_bytes);
  ~RigDatabase();
  RigDatabase(const RigDatabase&) = delete;
  RigDatabase& operator=(const RigDatabase&) = delete;

  // Both may change with each start.
  const std::string& url() const { return url_; }
  std::string socket_path() const;

  // See Rig.
  absl::Status crash();
  absl::Status kill();
  absl::Status start_again();
  absl::Status pause();
  absl::Status resume();
  absl::Status kill_a_session();
  absl::Status end_sessions(const std::string& application_or_query_like);
  absl::Status set_read_only(bool read_only);
  absl::Status fill_disk();
  absl::Status free_disk();

 private:
  RigDatabase(std::filesystem::path folder, std::size_t disk_bytes)
      : folder_(std::move(folder)), disk_bytes_(disk_bytes) {}

  std::filesystem::path filler() const { return folder_ / "postgres" / "filler"; }
  absl::StatusOr<std::string> cluster(const std::string& action, int input = -1) const;
  absl::Status hold();
  absl::Status wait_until_accepts(std::chrono::milliseconds limit) const;
  absl::StatusOr<pid_t> postmaster() const;
  absl::Status signal_all(int number) const;
  // For itself: no read-only setting stops it.
  std::string own_url() const;

  const std::filesystem::path folder_;
  const std::size_t disk_bytes_;
  std::string url_;
  int leash_ = -1;  // while it is open, the cluster's guard waits
};

}  // namespace parley::faults
