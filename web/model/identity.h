// Who the person is, over reloads and in all tabs: the id that the server knows them by, and the name that they chose.
#pragma once

#include <string>
#include <string_view>

#include "common/random.h"
#include "common/text_rules.h"
#include "web/model/ports.h"

namespace parley::web {

class Identity {
 public:
  // Before the server has said who it takes us for, the last id that it said, or one of our own: it marks what is
  // written here as ours, and nobody else hears of it.
  Identity(Storage& storage, RandomSource& random);

  const std::string& author_id() const { return author_id_; }
  // Empty until chosen.
  const std::string& name() const { return name_; }

  // As the server says.
  void set_author_id(std::string_view author_id);
  // White space at the ends is taken off first.
  TextProblem set_name(std::string_view name);
  // What the server calls us here: for this page alone, other rooms may have the chosen name free.
  void use_name(std::string_view name) { name_ = name; }
  // Back to what was chosen before, which may be nothing.
  void forget_choice(std::string_view name);

 private:
  Storage& storage_;
  std::string author_id_;
  std::string name_;
};

}  // namespace parley::web
