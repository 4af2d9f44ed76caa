// This page in this tab.
#pragma once

#include "web/model/ports.h"

namespace parley::web {

// What the tab remembers of reloads is in its sessionStorage; where that is forbidden, nothing is.
class BrowserPage final : public PageSource {
 public:
  std::string version() const override;
  void reload(std::string_view wanted) override;
  std::string reloaded_for() const override;
};

}  // namespace parley::web
