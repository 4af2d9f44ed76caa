// In place of protobuf's log, which would bring printf and the streams into the page (a tenth of its program). What
// it says helps nobody there: a frame that does not parse is an answer of parse_frame(), and a broken invariant ends
// the program, which the page then says (web/failure.js).
#include <google/protobuf/stubs/common.h>
#include <google/protobuf/stubs/logging.h>

#include <cstdlib>

namespace google::protobuf::internal {

LogMessage::LogMessage(LogLevel level, const char* filename, int line)
    : level_(level), filename_(filename), line_(line) {}
LogMessage::~LogMessage() = default;

LogMessage& LogMessage::operator<<(const std::string&) { return *this; }
LogMessage& LogMessage::operator<<(const char*) { return *this; }
LogMessage& LogMessage::operator<<(char) { return *this; }
LogMessage& LogMessage::operator<<(int) { return *this; }
LogMessage& LogMessage::operator<<(unsigned int) { return *this; }
LogMessage& LogMessage::operator<<(long) { return *this; }
LogMessage& LogMessage::operator<<(unsigned long) { return *this; }
LogMessage& LogMessage::operator<<(long long) { return *this; }
LogMessage& LogMessage::operator<<(unsigned long long) { return *this; }
LogMessage& LogMessage::operator<<(double) { return *this; }
LogMessage& LogMessage::operator<<(void*) { return *this; }
LogMessage& LogMessage::operator<<(const StringPiece&) { return *this; }
LogMessage& LogMessage::operator<<(const util::Status&) { return *this; }
LogMessage& LogMessage::operator<<(const uint128&) { return *this; }

void LogMessage::Finish() {
  if (level_ == LOGLEVEL_FATAL) std::abort();
}

void LogFinisher::operator=(LogMessage& other) { other.Finish(); }

}  // namespace google::protobuf::internal
