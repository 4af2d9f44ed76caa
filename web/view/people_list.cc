#include "web/view/people_list.h"

#include <algorithm>
#include <string>

#include "web/view/avatar.h"
#include "web/view/words.h"

namespace parley::web {
namespace {

constexpr std::size_t kPeopleDrawnMax = 200;

}  // namespace

PeopleList::PeopleList(Element& parent, const ChatModel& model) : model_(model) {
  section_ = parent.append_new("section", "people", "");
  section_->set_attribute("aria-labelledby", "people-title");
  const ElementPtr heading = section_->append_new("h2", "side-title", "Here now ");
  heading->set_attribute("id", "people-title");
  count_ = heading->append_new("span", "count", "");
  list_ = section_->append_new("ul", "people-list", "");
  more_ = section_->append_new("p", "more", "");
  draw();
}

void PeopleList::draw() {
  const std::size_t drawn = std::min(model_.known_people(), kPeopleDrawnMax);
  const std::size_t count = std::max(model_.people_count(), drawn);
  count_->set_text(count == 0 ? std::string() : std::to_string(count));
  set_shown(*section_, count > 0);
  list_->clear();
  for (std::size_t index = 0; index < drawn; ++index) {
    const Person& person = model_.person(index);
    const ElementPtr entry = list_->append_new("li", "person", "");
    append_avatar(*entry, person.author_id, person.name);
    entry->append_new("span", "person-name", person.name)->set_attribute("dir", "auto");
    if (person.self) entry->append_leaf("span", "you", "you");
  }
  more_->set_text(count > drawn ? "and " + std::to_string(count - drawn) + " more" : std::string());
  set_shown(*more_, count > drawn);
}

}  // namespace parley::web
