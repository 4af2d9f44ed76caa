// The page as a whole.
#pragma once

#include <functional>
#include <string_view>

#include "web/dom/element.h"

namespace parley::web {

// Outlives all its elements and subscriptions.
class Document {
 public:
  virtual ~Document() = default;

  // Not in the page until appended; `classes` and `text` may be empty.
  virtual ElementPtr create(std::string_view tag, std::string_view classes, std::string_view text) = 0;
  // Null when there is none.
  virtual ElementPtr find(std::string_view id) = 0;

  virtual void set_title(std::string_view title) = 0;
  // Whether the page can be seen: false in a tab behind another.
  virtual bool visible() const = 0;
  [[nodiscard]] virtual SubscriptionPtr on_visibility_change(std::function<void()> handler) = 0;

  // Whether a media query holds now.
  virtual bool matches(std::string_view media_query) const = 0;
  [[nodiscard]] virtual SubscriptionPtr on_media_change(std::string_view media_query,
                                                        std::function<void()> handler) = 0;

  // Once, before the page is drawn the next time; while it cannot be seen, that is when it can be. Letting go of the
  // answer takes it back.
  [[nodiscard]] virtual SubscriptionPtr before_next_frame(std::function<void()> task) = 0;
  // Once, after a delay. Letting go of the answer takes it back.
  [[nodiscard]] virtual SubscriptionPtr after(int delay_ms, std::function<void()> task) = 0;
};

}  // namespace parley::web
