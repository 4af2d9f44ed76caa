// What is in the composer of one room, kept over a reload.
#pragma once

#include <string>
#include <string_view>

#include "web/model/ports.h"

namespace parley::web {

class Draft {
 public:
  Draft(Storage& storage, std::string_view room)
      : storage_(storage), key_(std::string("parley.draft.").append(room)), text_(storage.get(key_).value_or("")) {}

  const std::string& text() const { return text_; }
  void set(std::string_view text) {
    if (text == text_) return;
    text_ = text;
    stored_ = true;
    if (text_.empty()) {
      storage_.remove(key_);
    } else {
      stored_ = storage_.set(key_, text_);
    }
  }
  // Whether a reload would find it.
  bool stored() const { return stored_; }

 private:
  Storage& storage_;
  std::string key_;
  std::string text_;
  bool stored_ = true;
};

}  // namespace parley::web
