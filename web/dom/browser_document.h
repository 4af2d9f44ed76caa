// The real page.
#pragma once

#include "web/dom/document.h"

namespace parley::web {

// One in a page.
class BrowserDocument final : public Document {
 public:
  BrowserDocument();
  BrowserDocument(const BrowserDocument&) = delete;
  BrowserDocument& operator=(const BrowserDocument&) = delete;

  ElementPtr create(std::string_view tag, std::string_view classes, std::string_view text) override;
  ElementPtr find(std::string_view id) override;
  void set_title(std::string_view title) override;
  bool visible() const override;
  SubscriptionPtr on_visibility_change(std::function<void()> handler) override;
  bool matches(std::string_view media_query) const override;
  SubscriptionPtr on_media_change(std::string_view media_query, std::function<void()> handler) override;
  SubscriptionPtr before_next_frame(std::function<void()> task) override;
  SubscriptionPtr after(int delay_ms, std::function<void()> task) override;
};

}  // namespace parley::web
