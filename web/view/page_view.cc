#include "web/view/page_view.h"

#include "web/view/words.h"

namespace parley::web {
namespace {

ElementPtr emptied(Document& document, std::string_view id) {
  ElementPtr element = document.find(id);
  element->clear();
  element->remove_attribute("aria-busy");
  element->remove_attribute("hidden");
  return element;
}

}  // namespace

PageView::PageView(Document& document, ChatModel& model, const LocalTime& time, Navigation& navigation)
    : document_(document),
      model_(model),
      app_(emptied(document, "app")),
      header_(
          *app_, model, [this] { name_dialog_.open([] {}); }, [this] { side_.toggle(); }),
      side_(document, *app_, model, navigation, [this] { header_.show_panel_open(side_.open()); }),
      main_(app_->append_new("main", "main", "")),
      stage_(main_->append_new("div", "stage", "")),
      list_(document, *stage_, model, time, [this] { position_changed(); }),
      jump_(*stage_,
            [this] {
              list_.jump_to_end();
              list_.focus();
            }),
      update_(*stage_, [this] { model_.accept_page_update(); }),
      composer_(document, *main_, model, [this] { return may_send(); }),
      name_dialog_(*app_, model) {
  list_.reset();
  visibility_ = document_.on_visibility_change([this] { visibility_changed(); });
  model_.observe(this);
  model_.set_reading_end(document_.visible());
  unread_changed();
  page_update_changed();
}

PageView::~PageView() { model_.observe(nullptr); }

void PageView::item_changed(std::size_t index, std::size_t previous_index) {
  list_.item_changed(index, previous_index);
}

void PageView::link_changed() {
  header_.link_changed();
  list_.link_changed();
}

void PageView::people_changed() {
  header_.people_changed();
  side_.people_changed();
}

void PageView::unread_changed() {
  document_.set_title(title_words(model_.room(), model_.unread()));
  jump_.show(list_.at_end(), model_.unread());
}

bool PageView::engaged() const { return !list_.at_end() || name_dialog_.is_open() || side_.engaged(); }

// Whoever only reads needs no name; the first message waits until its author has one.
bool PageView::may_send() {
  if (!model_.own_name().empty()) return true;
  name_dialog_.open([this] {
    composer_.send();
    composer_.focus();
  });
  return false;
}

void PageView::position_changed() {
  model_.set_reading_end(list_.at_end() && document_.visible());
  jump_.show(list_.at_end(), model_.unread());
}

void PageView::visibility_changed() {
  list_.refresh_days();
  model_.set_reading_end(list_.at_end() && document_.visible());
}

}  // namespace parley::web
