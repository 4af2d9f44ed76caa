// Clocks of processes that can be stepped.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace parley::faults {

// By libfaketime, which each process loads and which reads its offset from a file. The monotonic clock stays true.
// Used by one thread.
class FalseClocks {
 public:
  // `folder`: for the files. UNIMPLEMENTED without the package libfaketime.
  static absl::StatusOr<FalseClocks> make(std::filesystem::path folder);

  // The environment of the process `name`, whose clock is right at first. INTERNAL.
  absl::StatusOr<std::vector<std::string>> environment(const std::string& name) const;
  // Takes effect within 2 s. INTERNAL.
  absl::Status set(const std::string& name, std::chrono::seconds offset) const;
  // Removes the shared memory that processes leave which were killed. After all have ended.
  static void sweep();

 private:
  FalseClocks(std::filesystem::path library, std::filesystem::path folder);

  std::filesystem::path file(const std::string& name) const;

  std::filesystem::path library_;
  std::filesystem::path folder_;
};

}  // namespace parley::faults
