#include "web/view/announcer.h"

namespace parley::web {
namespace {

constexpr int kKeptMs = 8'000;

}  // namespace

Announcer::Announcer(Document& document, Element& log)
    : document_(document), spoken_(log.append_new("div", "unseen spoken", "")) {}

void Announcer::say(std::string_view text) {
  spoken_->append_leaf("p", "", text);
  clearing_ = document_.after(kKeptMs, [this] { spoken_->clear(); });
}

}  // namespace parley::web
