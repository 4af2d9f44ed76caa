// The body that is posted to /log-levels of the admin port.
#include <sstream>

#include "common/admin/admin_pages.h"
#include "common/clock.h"
#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {

void fuzz(std::string_view bytes) {
  static const SystemClock kClock;
  std::ostringstream log;
  const Logger logger("program", LogLevel::kError, kClock, log);
  const Logger part(logger, "part");
  const AdminPages pages({.metrics = [](Exposition&) {},
                          .liveness = [] { return absl::OkStatus(); },
                          .readiness = [] { return absl::OkStatus(); }},
                         logger);
  const auto before = logger.levels();
  const AdminRequest post{
      .method = "POST", .path = "/log-levels", .body = bytes, .is_from_this_machine = true, .is_from_page = false};
  const AdminAnswer answer = pages.answer(post);
  expect(answer.status == 200 || answer.status == 400, "it is done or refused");
  expect(answer.status == 200 || logger.levels() == before, "what is refused changes nothing");
  expect(logger.levels().size() == before.size(), "nobody makes components");
  // What it answers is what it takes.
  if (answer.status != 200) return;
  AdminRequest again = post;
  again.body = answer.body;
  expect(pages.answer(again).status == 200, "the answer is a request");
}

}  // namespace parley::fuzz
