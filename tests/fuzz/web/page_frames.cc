// The page's model before a server that says anything: the input is steps, a letter each, those that deliver a frame
// with its length and bytes behind them.
#include <optional>
#include <set>
#include <string>

#include "tests/fuzz/fuzz.h"
#include "tests/unit/web/model/fakes.h"
#include "web/model/room_chat.h"

namespace parley::fuzz {
namespace {

constexpr std::size_t kStepsMax = 200;

class Page {
 public:
  Page() {
    storage_.values["parley.author_id"] = "me";
    storage_.values["parley.name"] = "Mia";
    chat_.start(true);
  }

  void step(Input& input) {
    switch (input.byte()) {
      case 'f': return receive(input.take(input.number()));
      case 'o':
        if (transport_.is_open()) transport_.accept();
        return;
      case 'c':
        if (transport_.is_open()) transport_.lose(static_cast<int>(input.number()));
        return;
      case 't': return timers_.run_for(1'000);
      case 's': return static_cast<void>(chat_.send("hello"));
      case 'h': return chat_.load_older();
      case 'n': return static_cast<void>(chat_.set_own_name("Zoe"));
      case 'r': return chat_.set_reading_end(input.byte() % 2 == 0);
      default: return;
    }
  }

  void check() const {
    std::set<std::string> keys;
    std::optional<std::int64_t> last;
    for (std::size_t index = 0; index < chat_.item_count(); ++index) {
      const web::TimelineItem& item = chat_.item(index);
      expect(keys.insert(item.key).second, "no message is shown twice");
      if (item.delivery != web::Delivery::kSent) continue;
      expect(!last || item.offset > *last, "stored messages are in order");
      last = item.offset;
    }
    for (std::size_t index = 0; index < chat_.known_people(); ++index) (void)chat_.person(index);
  }

 private:
  void receive(std::string_view bytes) {
    if (transport_.is_open()) transport_.deliver_bytes(bytes);
  }

  web::ManualClock clock_;
  web::FakeTimers timers_{clock_};
  web::FakeStorage storage_;
  web::FakeRandom random_;
  web::FakeTransport transport_;
  web::FakePage page_;
  web::RoomChat chat_{{transport_, storage_, timers_, clock_, random_, page_}, "lobby"};
};

}  // namespace

void fuzz(std::string_view bytes) {
  Input input(bytes);
  Page page;
  for (std::size_t step = 0; step < kStepsMax && !input.empty(); ++step) page.step(input);
  page.check();
}

}  // namespace parley::fuzz
