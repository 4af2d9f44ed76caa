// Leaves for another page of this site.
#pragma once

#include "web/dom/navigation.h"

namespace parley::web {

class BrowserNavigation final : public Navigation {
 public:
  void go_to(std::string_view path) override;
};

}  // namespace parley::web
