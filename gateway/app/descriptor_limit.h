#pragma once

#include <cstddef>

#include "common/logger.h"

namespace parley::gateway {

// Raises the soft limit of file descriptors to the hard one, and logs a warning where `needed` are not to be had.
void raise_descriptor_limit(std::size_t needed, const Logger& logger);

}  // namespace parley::gateway
