// The browser's localStorage: shared by the tabs of this site, kept over a restart of the browser.
#pragma once

#include "web/model/ports.h"

namespace parley::web {

class BrowserStorage final : public Storage {
 public:
  std::optional<std::string> get(std::string_view key) const override;
  bool set(std::string_view key, std::string_view value) override;
  void remove(std::string_view key) override;
  std::vector<std::string> keys(std::string_view prefix) const override;
};

}  // namespace parley::web
