// What every program tells of itself.
#pragma once

#include <string_view>

#include "common/metrics/exposition.h"

namespace parley {

// parley_build_info, and the process_* metrics under the names that Prometheus's own clients use, read from /proc.
void expose_process(Exposition& exposition, std::string_view program);

// The version of CMakeLists.txt.
std::string_view build_version();

}  // namespace parley
