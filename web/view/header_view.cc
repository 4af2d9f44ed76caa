#include "web/view/header_view.h"

#include <string>
#include <utility>

#include "web/view/words.h"

namespace parley::web {
namespace {

std::string_view status_classes(LinkState state) {
  switch (state) {
    case LinkState::kConnecting: return "status connecting";
    case LinkState::kConnected: return "status connected";
    case LinkState::kReconnecting: return "status reconnecting";
    case LinkState::kOffline: return "status offline";
    case LinkState::kRefused: return "status refused";
  }
  return "status";
}

}  // namespace

HeaderView::HeaderView(Element& parent, const ChatModel& model, std::function<void()> rename,
                       std::function<void()> people)
    : model_(model), bar_(parent.append_new("header", "bar", "")) {
  const ElementPtr titles = bar_->append_new("div", "titles", "");
  titles->append_leaf("h1", "room", model.room());
  status_ = titles->append_new("p", "status", "");
  status_->set_attribute("id", "status");
  // Spoken when the state changes, not every second of a countdown.
  spoken_status_ = titles->append_new("p", "unseen", "");
  spoken_status_->set_attribute("role", "status");

  me_ = bar_->append_new("button", "me", "");
  me_->set_attribute("type", "button");
  me_->listen("click", [rename = std::move(rename)](Event&) { rename(); });
  people_ = bar_->append_new("button", "people-button", "");
  people_->set_attribute("type", "button");
  people_->set_attribute("aria-controls", "side");
  people_->append_leaf("span", "icon icon-people", "");
  people_count_ = people_->append_new("span", "people-count", "");
  people_->listen("click", [people = std::move(people)](Event&) { people(); });
  link_changed();
  people_changed();
  own_name_changed();
}

void HeaderView::link_changed() {
  const Link link = model_.link();
  status_->set_classes(status_classes(link.state));
  status_->set_text(link_words(link));
  if (link.state == spoken_) return;
  spoken_ = link.state;
  spoken_status_->set_text(link_announcement(link));
}

void HeaderView::people_changed() {
  const std::size_t count = model_.people_count();
  people_count_->set_text(count == 0 ? std::string() : std::to_string(count));
  people_->set_attribute("aria-label", count == 0 ? std::string("Rooms and people") : people_words(count) + " here");
}

void HeaderView::own_name_changed() {
  const std::string& name = model_.own_name();
  me_->clear();
  me_->append_leaf("span", "icon icon-person", "");
  me_->append_new("span", "me-name", name.empty() ? std::string("Choose a name") : name)->set_attribute("dir", "auto");
  me_->set_attribute("aria-label", name.empty() ? std::string("Choose a name") : "Your name: " + name + ". Change it");
}

void HeaderView::show_panel_open(bool open) { people_->set_attribute("aria-expanded", open ? "true" : "false"); }

}  // namespace parley::web
