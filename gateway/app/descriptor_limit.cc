#include "gateway/app/descriptor_limit.h"

#include <sys/resource.h>

namespace parley::gateway {

void raise_descriptor_limit(std::size_t needed, const Logger& logger) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  if (limit.rlim_cur < limit.rlim_max) {
    rlimit raised{limit.rlim_max, limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  if (limit.rlim_cur >= needed) return;
  logger.warning("descriptor_limit_low", {{"limit", limit.rlim_cur},
                                          {"needed", needed},
                                          {"advice", "raise the hard limit of open files, or lower connections_max"}});
}

}  // namespace parley::gateway
