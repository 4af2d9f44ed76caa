// The bar above the conversation: the room, the connection in words, the own name, who is here.
#pragma once

#include <functional>

#include "web/dom/document.h"
#include "web/model/chat_model.h"

namespace parley::web {

class HeaderView {
 public:
  // `rename` and `people` are called when their buttons are pressed. Arguments outlive the header.
  HeaderView(Element& parent, const ChatModel& model, std::function<void()> rename, std::function<void()> people);
  HeaderView(const HeaderView&) = delete;
  HeaderView& operator=(const HeaderView&) = delete;

  void link_changed();
  void people_changed();
  void own_name_changed();
  void show_panel_open(bool open);

 private:
  const ChatModel& model_;
  ElementPtr bar_;
  ElementPtr status_;
  ElementPtr spoken_status_;
  ElementPtr me_;
  ElementPtr people_;
  ElementPtr people_count_;
  LinkState spoken_ = LinkState::kConnecting;
};

}  // namespace parley::web
