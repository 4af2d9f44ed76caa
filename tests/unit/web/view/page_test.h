// A whole page on a fake document and a fake model.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/fake_dom/fake_document.h"
#include "tests/unit/web/view/fake_model.h"
#include "web/dom/local_time.h"
#include "web/dom/navigation.h"
#include "web/view/page_view.h"

namespace parley::web::testing {

class FakeTime final : public LocalTime {
 public:
  std::int64_t now_ms() const override { return now_ms_; }
  std::int64_t day_number(std::int64_t time_ms) const override { return time_ms / 86'400'000; }
  std::string clock_text(std::int64_t time_ms) const override { return "clock " + std::to_string(time_ms); }
  std::string day_text(std::int64_t time_ms) const override { return "day " + std::to_string(day_number(time_ms)); }

  std::int64_t now_ms_ = 1'700'000'000'000;
};

class FakeNavigation final : public Navigation {
 public:
  void go_to(std::string_view path) override { paths_.emplace_back(path); }
  std::vector<std::string> paths_;
};

class PageTest : public ::testing::Test {
 protected:
  PageTest() {
    const ElementPtr app = document_.create("div", "", "skeleton");
    app->set_attribute("id", "app");
    body_ = document_.root();
    body_->append(*app);
  }

  void open() {
    page_.emplace(document_, model_, time_, navigation_);
    document_.settle();
  }

  FakeNode& body() { return document_.body(); }
  FakeNode& list() { return *body().first("messages"); }
  FakeNode& field() { return *body().first("field"); }
  std::vector<FakeNode*> rows() { return body().all("row"); }
  FakeNode* row_of(const std::string& key) {
    for (FakeNode* row : rows()) {
      if (row->attribute("data-key") == key) return row;
    }
    return nullptr;
  }
  void expect_at_end() {
    const ScrollBox box = document_.scroll_box_of(list());
    EXPECT_NEAR(box.top + box.height, box.content_height, 1);
  }

  FakeDocument document_;
  FakeModel model_;
  FakeTime time_;
  FakeNavigation navigation_;
  ElementPtr body_;
  std::optional<PageView> page_;
};

}  // namespace parley::web::testing
