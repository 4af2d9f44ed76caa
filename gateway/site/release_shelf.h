// The releases that a gateway holds in memory: the one that it serves, and those whose assets pages may still ask for.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/logger.h"
#include "gateway/site/site.h"

namespace parley::gateway {

// On one thread, which it blocks.
class ReleaseShelf {
 public:
  // Of the releases in `folder` the newest is held and `kept` before it, and the current one. `logger` outlives the
  // shelf.
  ReleaseShelf(std::filesystem::path folder, std::size_t kept, const Logger& logger);

  // Looks at the folder and takes what is new, each release as a whole or not at all: one that is damaged or
  // half-written is logged and left, and what was served before is served on. At the start, that is the newest of the
  // history that is whole. Null when nothing changes.
  std::shared_ptr<const Site> look();

 private:
  using Releases = std::map<std::string, std::shared_ptr<const Site>>;

  void load(const std::string& id);
  // Tells of what is wrong with it, once.
  void judge(const std::string& what, const absl::Status& status);
  void choose(const std::string& current, const std::vector<std::string>& wanted);
  std::shared_ptr<const Site> put_together(const std::vector<std::string>& wanted);

  const std::filesystem::path folder_;
  const std::size_t kept_;
  const Logger& logger_;
  std::vector<std::string> history_;  // as last read
  Releases loaded_;
  std::map<std::string, std::string> refused_;  // what is wrong, by release or file
  std::string serving_;                         // one of the loaded ones, or empty
  std::vector<std::string> shown_;              // what the last site was put together from: the served one first
};

}  // namespace parley::gateway
