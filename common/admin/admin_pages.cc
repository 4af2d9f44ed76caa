#include "common/admin/admin_pages.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "common/absl_view.h"
#include "common/errors.h"

namespace parley {
namespace {

namespace json = boost::json;

constexpr int kBadRequest = 400;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
constexpr int kMethodNotAllowed = 405;
constexpr int kUnavailable = 503;

AdminAnswer sentence(int status, std::string_view text) {
  return {.status = status, .body = std::string(text) + "\n", .allow = {}};
}

AdminAnswer health(std::string_view word, const absl::Status& status) {
  if (status.ok()) return sentence(200, word);
  return sentence(kUnavailable, std::string(error_reason(status)) + ": " + std::string(status.message()));
}

}  // namespace

AdminAnswer AdminPages::answer(const AdminRequest& request) const {
  const bool is_read = request.method == "GET" || request.method == "HEAD";
  if (request.path == "/log-levels" && request.method == "POST") return change_levels(request);
  const bool has_levels = request.path == "/log-levels";
  const bool is_known = has_levels || request.path == "/metrics" || request.path == "/livez" ||
                        request.path == "/readyz" || request.path == "/";
  if (!is_known) return sentence(kNotFound, "There is /metrics, /livez, /readyz and /log-levels.");
  if (!is_read) {
    AdminAnswer refusal = sentence(kMethodNotAllowed, "That cannot be done with it.");
    refusal.allow = has_levels ? "GET, HEAD, POST" : "GET, HEAD";
    return refusal;
  }
  if (has_levels) return levels();
  if (request.path == "/livez") return health("alive", sources_.liveness());
  if (request.path == "/readyz") return health("ready", sources_.readiness());
  if (request.path == "/") return sentence(200, "/metrics /livez /readyz /log-levels");
  Exposition exposition;
  sources_.metrics(exposition);
  return {.content_type = std::string(kExpositionContentType), .body = exposition.text(), .allow = {}};
}

AdminAnswer AdminPages::change_levels(const AdminRequest& request) const {
  if (!request.is_from_this_machine) return sentence(kForbidden, "Levels are changed from the same machine only.");
  if (request.is_from_page) return sentence(kForbidden, "Levels are not changed by a page.");
  boost::system::error_code error;
  const json::value value = json::parse({request.body.data(), request.body.size()}, error);
  const json::object* wishes = error ? nullptr : value.if_object();
  if (wishes == nullptr) return sentence(kBadRequest, R"(Send {"component":"level"}, see GET /log-levels.)");
  std::vector<std::pair<std::string, LogLevel>> changes;
  for (const auto& wish : *wishes) {
    const json::string* name = wish.value().if_string();
    const auto level = name == nullptr ? std::nullopt : find_log_level({name->data(), name->size()});
    if (!level) return sentence(kBadRequest, "A level is debug, info, warning or error.");
    changes.emplace_back(std::string(wish.key()), *level);
  }
  const auto known = logger_.levels();
  for (const auto& [component, level] : changes) {
    const bool exists =
        std::any_of(known.begin(), known.end(), [&name = component](const auto& row) { return row.first == name; });
    if (!exists) return sentence(kBadRequest, "There is no such component, see GET /log-levels.");
  }
  for (const auto& [component, level] : changes) {
    logger_.set_level(component, level);
    logger_.warning("log_level_changed", {{"changed_component", component}, {"to", log_level_name(level)}});
  }
  return levels();
}

AdminAnswer AdminPages::levels() const {
  json::object levels;
  for (const auto& [component, level] : logger_.levels()) levels[component] = log_level_name(level);
  return {.content_type = "application/json", .body = json::serialize(levels) + "\n", .allow = {}};
}

}  // namespace parley
