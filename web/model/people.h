// Who is here.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include "chat/v1/event.pb.h"
#include "web/model/chat_model.h"

namespace parley::web {

class People {
 public:
  // Replaces everything known before.
  void replace(const chat::v1::Presence& presence, std::string_view own_author_id) {
    people_.clear();
    people_.reserve(static_cast<std::size_t>(presence.authors_size()));
    for (const chat::v1::Author& author : presence.authors()) {
      people_.push_back({author.author_id(), author.name(), author.author_id() == own_author_id});
    }
    count_ = std::max(people_.size(), static_cast<std::size_t>(std::max(0, presence.author_count())));
  }

  std::size_t count() const { return count_; }
  std::size_t known() const { return people_.size(); }
  const Person& at(std::size_t index) const { return people_[index]; }

 private:
  std::vector<Person> people_;
  std::size_t count_ = 0;
};

}  // namespace parley::web
