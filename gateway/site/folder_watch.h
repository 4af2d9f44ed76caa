// Waiting for something to change in a folder (inotify(7)).
#pragma once

#include <chrono>
#include <filesystem>

#include "absl/status/statusor.h"
#include "gateway/site/descriptor.h"

namespace parley::gateway {

class FolderWatch {
 public:
  // What changes from now on ends a wait(). FAILED_PRECONDITION (SITE_INVALID) when the folder is not there.
  static absl::StatusOr<FolderWatch> open(const std::filesystem::path& folder);

  // Whether changes are told. The system may have no watches left, or the folder may be away: then waits are as long as
  // they may be.
  bool watching() const { return watch_ >= 0; }

  // Blocks until names in the folder have come, gone or been replaced, wake() was called, or `limit` has passed. One
  // thread at a time.
  void wait(std::chrono::milliseconds limit);
  // Ends this wait, or the next one. Any thread.
  void wake();

 private:
  FolderWatch(std::filesystem::path folder, Descriptor changes, Descriptor wakes);
  void watch();
  void read_changes();

  std::filesystem::path folder_;
  Descriptor changes_;
  Descriptor wakes_;
  int watch_ = -1;  // negative for none
};

}  // namespace parley::gateway
