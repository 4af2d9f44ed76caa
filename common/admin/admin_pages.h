// What an operator is answered on the admin port. No sockets in here.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "common/logger.h"
#include "common/metrics/exposition.h"

namespace parley {

// A request as far as it counts.
struct AdminRequest {
  std::string_view method;
  std::string_view path;  // without the query
  std::string_view body;
  bool is_from_this_machine = false;  // over loopback
  bool is_from_page = false;          // a browser sent it for a page: it has an Origin
};

struct AdminAnswer {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::string allow;  // with 405: the methods that there are
};

// GET /metrics: for Prometheus. GET /livez: whether the process should go on (503: it hangs, restart it). GET /readyz:
// whether it should get work. GET /log-levels: each component's least level, as a JSON object. POST /log-levels, on the
// same machine only, never for a page: such an object changes some of them, and the answer is all of them.
class AdminPages {
 public:
  // Called on the admin port's thread; must not block.
  struct Sources {
    std::function<void(Exposition&)> metrics;
    std::function<absl::Status()> liveness;
    std::function<absl::Status()> readiness;
  };

  // `logger` outlives the pages: its program's components are those of /log-levels.
  AdminPages(Sources sources, const Logger& logger) : sources_(std::move(sources)), logger_(logger) {}

  AdminAnswer answer(const AdminRequest& request) const;

 private:
  AdminAnswer change_levels(const AdminRequest& request) const;
  AdminAnswer levels() const;

  const Sources sources_;
  const Logger& logger_;
};

}  // namespace parley
