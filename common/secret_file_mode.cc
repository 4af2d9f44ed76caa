#include "common/secret_file_mode.h"

#include <sys/stat.h>

#include <string>

#include "absl/strings/str_format.h"

namespace parley {

void warn_of_readable_secrets(const Config& config, std::initializer_list<std::string_view> keys,
                              const Logger& logger) {
  constexpr mode_t kPermissions = 0777;
  constexpr mode_t kTooMuch = S_IRWXO | S_IWGRP;
  for (const std::string_view key : keys) {
    const std::string& file = config.text(key);
    struct stat about {};
    if (file.empty() || stat(file.c_str(), &about) != 0 || (about.st_mode & kTooMuch) == 0) continue;
    logger.warning("secret_is_readable", {{"setting", key},
                                          {"file", file},
                                          {"mode", absl::StrFormat("%04o", about.st_mode & kPermissions)},
                                          {"advice", "chmod 600, or 640 with a group that only this server is in"}});
  }
}

}  // namespace parley
