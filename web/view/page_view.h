// The page: draws a room as one person sees it and passes on what the person does. The style sheet is static/style.css.
#pragma once

#include <string>

#include "web/dom/document.h"
#include "web/dom/local_time.h"
#include "web/dom/navigation.h"
#include "web/model/chat_model.h"
#include "web/view/composer.h"
#include "web/view/header_view.h"
#include "web/view/jump_button.h"
#include "web/view/message_list_view.h"
#include "web/view/name_dialog.h"
#include "web/view/side_panel.h"
#include "web/view/update_notice.h"

namespace parley::web {

// Observes the model as long as it lives. Runs on the page's one thread.
class PageView final : public ChatObserver {
 public:
  // Takes the place of what the element with the id `app` holds. Arguments outlive the view.
  PageView(Document& document, ChatModel& model, const LocalTime& time, Navigation& navigation);
  ~PageView() override;
  PageView(const PageView&) = delete;
  PageView& operator=(const PageView&) = delete;

  void timeline_reset() override { list_.reset(); }
  void items_inserted(std::size_t first, std::size_t count) override { list_.items_inserted(first, count); }
  void item_changed(std::size_t index, std::size_t previous_index) override;
  void item_removed(std::size_t index) override { list_.item_removed(index); }
  void oldest_dropped(std::size_t count) override { list_.oldest_dropped(count); }
  void link_changed() override;
  void people_changed() override;
  void history_changed() override { list_.history_changed(); }
  void own_name_changed() override { header_.own_name_changed(); }
  void own_name_taken(const std::string& name) override { name_dialog_.open_again(name); }
  void unread_changed() override;
  void page_update_changed() override { update_.show(model_.page_update_offered()); }
  bool engaged() const override;

 private:
  bool may_send();
  void position_changed();
  void visibility_changed();

  Document& document_;
  ChatModel& model_;
  ElementPtr app_;
  HeaderView header_;
  SidePanel side_;
  ElementPtr main_;
  ElementPtr stage_;  // the list and what floats over it
  MessageListView list_;
  JumpButton jump_;
  UpdateNotice update_;
  Composer composer_;
  NameDialog name_dialog_;
  SubscriptionPtr visibility_;
};

}  // namespace parley::web
