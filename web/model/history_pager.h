// How far back the history has been read.
#pragma once

#include <string>
#include <string_view>

#include "web/model/chat_model.h"

namespace parley::web {

class HistoryPager {
 public:
  History state() const { return state_; }
  const std::string& page_token() const { return page_token_; }

  // Something is shown, and this token leads to what is before it; empty when that is nothing.
  void begin(std::string_view page_token) {
    page_token_ = page_token;
    state_ = page_token_.empty() ? History::kComplete : History::kHasOlder;
  }
  // What had been read is dropped, and no token leads there: reading back begins with the latest page.
  void begin_anew() {
    page_token_.clear();
    state_ = History::kHasOlder;
  }
  // Whether a page is to be asked for now.
  bool ask() {
    if (state_ != History::kHasOlder && state_ != History::kFailed) return false;
    state_ = History::kLoading;
    return true;
  }
  void fail() { state_ = History::kFailed; }

 private:
  History state_ = History::kUnknown;
  std::string page_token_;
};

}  // namespace parley::web
