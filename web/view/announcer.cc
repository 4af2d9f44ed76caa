#include "web/view/announcer.h"

#include <utility>

#include "web/view/words.h"

namespace parley::web {
namespace {

constexpr int kKeptMs = 8'000;
constexpr std::size_t kTextsMost = 12;

}  // namespace

Announcer::Announcer(Document& document, Element& log)
    : document_(document), spoken_(log.append_new("div", "unseen spoken", "")) {}

void Announcer::say(std::string_view text) {
  spoken_->append_leaf("p", "", text);
  ++texts_;
  clearing_ = document_.after(kKeptMs, [this] { clear(); });
}

void Announcer::say_news(std::string_view text, std::size_t messages) {
  if (texts_ < kTextsMost) {
    say(text);
  } else {
    left_out_ += messages;
  }
}

void Announcer::clear() {
  spoken_->clear();
  texts_ = 0;
  if (const std::size_t messages = std::exchange(left_out_, 0); messages > 0) say(new_messages_words(messages));
}

}  // namespace parley::web
