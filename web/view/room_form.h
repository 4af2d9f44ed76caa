// Goes to another room by its name; a new name makes a room.
#pragma once

#include <string>
#include <string_view>

#include "web/dom/element.h"
#include "web/dom/navigation.h"

namespace parley::web {

// The name as it is meant: without white space at the ends and a leading #, in lower case.
std::string room_name_from(std::string_view typed);

class RoomForm {
 public:
  // Arguments outlive the form.
  RoomForm(Element& parent, Navigation& navigation);
  RoomForm(const RoomForm&) = delete;
  RoomForm& operator=(const RoomForm&) = delete;

  bool empty() const { return input_->value().empty(); }

 private:
  void go();

  Navigation& navigation_;
  ElementPtr form_;
  ElementPtr input_;
  ElementPtr problem_;
};

}  // namespace parley::web
