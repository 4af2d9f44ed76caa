// What the page finds in the browser's storage: a line for the author_id, one for the name, then unsent messages, each
// its key and its value with their lengths before them.
#include <string>

#include "common/text_rules.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/web/model/fakes.h"
#include "web/model/identity.h"
#include "web/model/outbox.h"

namespace parley::fuzz {

void fuzz(std::string_view bytes) {
  Input input(bytes);
  web::FakeStorage storage;
  web::FakeRandom random;
  storage.values["parley.author_id"] = input.line();
  storage.values["parley.name"] = input.line();
  while (!input.empty()) {
    const std::string key(input.take(input.byte()));
    storage.values["parley.outbox.lobby." + key] = input.take(input.byte());
  }
  const web::Identity identity(storage, random);
  expect(check_identifier(identity.author_id()) == TextProblem::kNone, "the author_id can be one");
  expect(identity.name().empty() || check_author_name(identity.name()) == TextProblem::kNone, "the name can be one");

  web::Outbox outbox(storage, "lobby");
  const std::size_t read = outbox.messages().size();
  outbox.add("one-more", "hello", 1'700'000'000'000);
  expect(outbox.messages().size() == read + 1, "a message is added");
  for (std::size_t index = 1; index < outbox.messages().size(); ++index) {
    expect(outbox.messages()[index - 1].time_ms <= outbox.messages()[index].time_ms, "messages are in order");
  }
  const web::Outbox again(storage, "lobby");
  expect(again.messages().size() == outbox.messages().size(), "what is stored is there again");
}

}  // namespace parley::fuzz
