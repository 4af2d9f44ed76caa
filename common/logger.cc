#include "common/logger.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <map>
#include <mutex>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "absl/time/time.h"

namespace parley {
namespace {

constexpr LogLevel kLevels[] = {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError};

}  // namespace

std::string_view log_level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "debug";
    case LogLevel::kInfo: return "info";
    case LogLevel::kWarning: return "warning";
    case LogLevel::kError: return "error";
  }
  return "error";
}

std::optional<LogLevel> find_log_level(std::string_view name) {
  for (const LogLevel level : kLevels) {
    if (log_level_name(level) == name) return level;
  }
  return std::nullopt;
}

// What the components of a program share.
class Logger::Log {
 public:
  Log(spdlog::sink_ptr sink, const Clock& clock) : clock_(clock), logger_("parley", std::move(sink)) {
    logger_.set_pattern("%v");
    logger_.flush_on(spdlog::level::trace);
  }

  const Component* component(std::string name, LogLevel least) {
    const std::scoped_lock lock(mutex_);
    std::unique_ptr<Component>& place = components_[name];
    if (place == nullptr) {
      place = std::make_unique<Component>();
      place->name = std::move(name);
      place->least = least;
    }
    return place.get();
  }

  std::vector<std::pair<std::string, LogLevel>> levels() const {
    const std::scoped_lock lock(mutex_);
    std::vector<std::pair<std::string, LogLevel>> levels;
    for (const auto& [name, component] : components_) levels.emplace_back(name, component->least);
    return levels;
  }

  bool set_level(std::string_view name, LogLevel least) {
    const std::string parts = std::string(name) + '.';
    const std::scoped_lock lock(mutex_);
    if (!components_.contains(name)) return false;
    for (const auto& [key, component] : components_) {
      if (key == name || key.starts_with(parts)) component->least = least;
    }
    return true;
  }

  const Clock& clock() const { return clock_; }
  void line(const std::string& text) { logger_.log(spdlog::level::info, spdlog::string_view_t(text)); }

 private:
  const Clock& clock_;
  spdlog::logger logger_;
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Component>, std::less<>> components_;
};

Logger::Logger(std::string_view component, LogLevel least, const Clock& clock)
    : log_(std::make_shared<Log>(std::make_shared<spdlog::sinks::stderr_sink_mt>(), clock)),
      component_(log_->component(std::string(component), least)) {}

Logger::Logger(std::string_view component, LogLevel least, const Clock& clock, std::ostream& sink)
    : log_(std::make_shared<Log>(std::make_shared<spdlog::sinks::ostream_sink_mt>(sink), clock)),
      component_(log_->component(std::string(component), least)) {}

Logger::Logger(const Logger& whole, std::string_view part)
    : log_(whole.log_),
      component_(log_->component(whole.component_->name + '.' + std::string(part), whole.component_->least)) {}

Logger::~Logger() = default;

void Logger::debug(std::string_view event, std::initializer_list<LogField> fields) const {
  write(LogLevel::kDebug, event, {fields.begin(), fields.size()});
}
void Logger::info(std::string_view event, std::initializer_list<LogField> fields) const {
  write(LogLevel::kInfo, event, {fields.begin(), fields.size()});
}
void Logger::warning(std::string_view event, std::initializer_list<LogField> fields) const {
  write(LogLevel::kWarning, event, {fields.begin(), fields.size()});
}
void Logger::error(std::string_view event, std::initializer_list<LogField> fields) const {
  write(LogLevel::kError, event, {fields.begin(), fields.size()});
}

void Logger::write(LogLevel level, std::string_view event, std::span<const LogField> fields) const {
  if (!writes(level)) return;
  boost::json::object line;
  const auto now = log_->clock().system_now();
  line["time"] = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromChrono(now), absl::UTCTimeZone());
  line["level"] = log_level_name(level);
  line["component"] = component_->name;
  line["event"] = event;
  for (const LogField& field : fields) {
    std::visit([&](const auto& value) { line[field.key] = value; }, field.value);
  }
  log_->line(boost::json::serialize(line));
}

std::vector<std::pair<std::string, LogLevel>> Logger::levels() const { return log_->levels(); }

bool Logger::set_level(std::string_view component, LogLevel least) const { return log_->set_level(component, least); }

}  // namespace parley
