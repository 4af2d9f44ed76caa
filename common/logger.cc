#include "common/logger.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "absl/time/time.h"

namespace parley {
namespace {

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "debug";
    case LogLevel::kInfo: return "info";
    case LogLevel::kWarning: return "warning";
    case LogLevel::kError: return "error";
  }
  return "error";
}

}  // namespace

class Logger::Sink {
 public:
  explicit Sink(spdlog::sink_ptr sink) : logger_("parley", std::move(sink)) {
    logger_.set_pattern("%v");
    logger_.flush_on(spdlog::level::trace);
  }
  void line(const std::string& text) { logger_.log(spdlog::level::info, spdlog::string_view_t(text)); }

 private:
  spdlog::logger logger_;
};

Logger::Logger(std::string_view component, LogLevel least, const Clock& clock)
    : component_(component),
      least_(least),
      clock_(clock),
      sink_(std::make_unique<Sink>(std::make_shared<spdlog::sinks::stderr_sink_mt>())) {}

Logger::Logger(std::string_view component, LogLevel least, const Clock& clock, std::ostream& sink)
    : component_(component),
      least_(least),
      clock_(clock),
      sink_(std::make_unique<Sink>(std::make_shared<spdlog::sinks::ostream_sink_mt>(sink))) {}

Logger::~Logger() = default;

void Logger::debug(std::string_view event, std::initializer_list<LogField> fields) const {
  write(LogLevel::kDebug, event, fields);
}
void Logger::info(std::string_view event, std::initializer_list<LogField> fields) const {
  write(LogLevel::kInfo, event, fields);
}
void Logger::warning(std::string_view event, std::initializer_list<LogField> fields) const {
  write(LogLevel::kWarning, event, fields);
}
void Logger::error(std::string_view event, std::initializer_list<LogField> fields) const {
  write(LogLevel::kError, event, fields);
}

void Logger::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) const {
  if (level < least_) return;
  boost::json::object line;
  line["time"] = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromChrono(clock_.system_now()), absl::UTCTimeZone());
  line["level"] = level_name(level);
  line["component"] = component_;
  line["event"] = event;
  for (const LogField& field : fields) {
    std::visit([&](const auto& value) { line[field.key] = value; }, field.value);
  }
  sink_->line(boost::json::serialize(line));
}

}  // namespace parley
