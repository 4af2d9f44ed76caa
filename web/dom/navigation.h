// Leaving for another page of this site.
#pragma once

#include <string_view>

namespace parley::web {

class Navigation {
 public:
  virtual ~Navigation() = default;
  // `path` begins with a slash.
  virtual void go_to(std::string_view path) = 0;
};

}  // namespace parley::web
