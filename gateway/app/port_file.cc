#include "gateway/app/port_file.h"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "common/errors.h"

namespace parley::gateway {

absl::Status write_port_file(const std::string& path, std::uint16_t port) {
  const std::string draft = path + ".new";
  {
    std::ofstream stream(draft, std::ios::trunc);
    stream << port << '\n';
    if (!stream.flush()) {
      return make_error(absl::StatusCode::kFailedPrecondition, "PORT_FILE_INVALID", "cannot write " + draft);
    }
  }
  std::error_code error;
  std::filesystem::rename(draft, path, error);
  if (!error) return absl::OkStatus();
  return make_error(absl::StatusCode::kFailedPrecondition, "PORT_FILE_INVALID", path + ": " + error.message());
}

}  // namespace parley::gateway
