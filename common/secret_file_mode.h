// Who on this machine may read a secret.
#pragma once

#include <initializer_list>
#include <string_view>

#include "common/logger.h"
#include "common/settings.h"

namespace parley {

// For each of these settings that names a file: a warning `secret_is_readable` with the setting and the file's mode,
// where everybody may read or write it, or its group may write it. That its group may read it is how a service that has
// no user of its own gets it (deploy/systemd). Of a file that is not there nothing is said. Blocks, for a moment.
void warn_of_readable_secrets(const Config& config, std::initializer_list<std::string_view> keys, const Logger& logger);

}  // namespace parley
