// The room switcher and the people: beside the conversation on a wide screen, a sheet over it on a narrow one.
#pragma once

#include <functional>

#include "web/dom/document.h"
#include "web/dom/navigation.h"
#include "web/model/chat_model.h"
#include "web/view/people_list.h"
#include "web/view/room_form.h"

namespace parley::web {

class SidePanel {
 public:
  // `changed` is called when the panel has been opened or closed. Arguments outlive the panel.
  SidePanel(Document& document, Element& parent, const ChatModel& model, Navigation& navigation,
            std::function<void()> changed);
  SidePanel(const SidePanel&) = delete;
  SidePanel& operator=(const SidePanel&) = delete;

  void toggle();
  bool open() const { return open_; }
  // Covers the conversation, or has something typed into it.
  bool engaged() const { return (narrow_ && open_) || !rooms_.empty(); }
  void people_changed() { people_.draw(); }

 private:
  void arrange();
  void set_open(bool open);

  Document& document_;
  std::function<void()> changed_;
  ElementPtr aside_;
  ElementPtr sheet_;
  ElementPtr close_;  // made with the content
  ElementPtr content_;
  RoomForm rooms_;
  PeopleList people_;
  SubscriptionPtr media_;
  bool narrow_ = false;
  bool open_ = false;
};

}  // namespace parley::web
