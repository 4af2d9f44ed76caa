// Speaks new messages to a screen reader, each once.
//
// The list is a log, a live region whose additions are spoken. Of its rows only those near the visible part are in
// the page, so scrolling adds rows that are no news. Hence the rows are marked as not live, and the log's additions are
// short texts, unseen, in an element beside them.
#pragma once

#include <cstddef>
#include <string_view>

#include "web/dom/document.h"

namespace parley::web {

class Announcer {
 public:
  // `log` is the live region.
  Announcer(Document& document, Element& log);

  // The text is spoken after what is being said, and taken out of the page some seconds later.
  void say(std::string_view text);
  // The same for `messages` new ones, unless so many were spoken just now that nobody can follow: then they are
  // counted, and their number is spoken later.
  void say_news(std::string_view text, std::size_t messages);

 private:
  void clear();

  Document& document_;
  ElementPtr spoken_;
  std::size_t texts_ = 0;  // in the page
  std::size_t left_out_ = 0;
  SubscriptionPtr clearing_;
};

}  // namespace parley::web
