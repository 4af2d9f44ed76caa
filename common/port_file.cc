#include "common/port_file.h"

#include <cstdio>
#include <fstream>

#include "common/errors.h"

namespace parley {

absl::Status write_port_file(const std::string& path, int port) {
  if (path.empty()) return absl::OkStatus();
  const std::string unfinished = path + ".new";
  {
    std::ofstream file(unfinished, std::ios::trunc);
    file << port << '\n';
    file.flush();
    if (!file) return make_error(absl::StatusCode::kInternal, "PORT_FILE_FAILED", "cannot write " + unfinished);
  }
  if (std::rename(unfinished.c_str(), path.c_str()) == 0) return absl::OkStatus();
  return make_error(absl::StatusCode::kInternal, "PORT_FILE_FAILED", "cannot write " + path);
}

}  // namespace parley
