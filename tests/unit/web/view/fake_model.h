// A model of which a test says what it holds, and which remembers what it was asked for.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "web/model/chat_model.h"

namespace parley::web::testing {

class FakeModel final : public ChatModel {
 public:
  void observe(ChatObserver* observer) override { observer_ = observer; }
  const std::string& room() const override { return room_; }
  const std::string& own_name() const override { return own_name_; }
  std::size_t item_count() const override { return items_.size(); }
  const TimelineItem& item(std::size_t index) const override { return items_.at(index); }
  Link link() const override { return link_; }
  std::size_t people_count() const override { return people_count_ == 0 ? people_.size() : people_count_; }
  std::size_t known_people() const override { return people_.size(); }
  const Person& person(std::size_t index) const override { return people_.at(index); }
  History history() const override { return history_; }
  std::size_t unread() const override { return unread_; }

  TextProblem send(std::string_view body) override {
    sent_.emplace_back(body);
    TimelineItem item = message(body, "me", own_name_);
    item.own = true;
    item.delivery = Delivery::kSending;
    insert(items_.size(), {item});
    return TextProblem::kNone;
  }
  void retry(std::string_view key) override { retried_.emplace_back(key); }
  void discard(std::string_view key) override {
    discarded_.emplace_back(key);
    for (std::size_t index = 0; index < items_.size(); ++index) {
      if (items_[index].key != key) continue;
      items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(index));
      if (observer_ != nullptr) observer_->item_removed(index);
      return;
    }
  }
  void load_older() override { ++older_asked_; }
  TextProblem set_own_name(std::string_view name) override {
    const TextProblem problem = check_author_name(name);
    if (problem != TextProblem::kNone) return problem;
    own_name_ = name;
    if (observer_ != nullptr) observer_->own_name_changed();
    return problem;
  }
  void keep_own_name() override { ++names_kept_; }
  void set_reading_end(bool reading) override {
    reading_end_ = reading;
    if (reading && unread_ > 0) set_unread(0);
  }
  std::string draft() const override { return draft_; }
  void set_draft(std::string_view text) override { draft_ = text; }
  bool page_update_offered() const override { return page_update_offered_; }
  void accept_page_update() override { ++page_updates_accepted_; }

  // For tests.
  TimelineItem message(std::string_view body, std::string_view author_id, std::string_view author_name) {
    TimelineItem item;
    item.key = "k" + std::to_string(next_key_++);
    item.author_id = author_id;
    item.author_name = author_name;
    item.body = body;
    item.time_ms = time_ms_;
    time_ms_ += 1'000;
    return item;
  }
  std::vector<TimelineItem> messages(std::size_t count, std::string_view prefix) {
    std::vector<TimelineItem> made;
    for (std::size_t index = 0; index < count; ++index) {
      made.push_back(message(std::string(prefix) + std::to_string(index), "a" + std::to_string(index / 3 % 4), "Ana"));
    }
    return made;
  }
  void insert(std::size_t first, const std::vector<TimelineItem>& items) {
    items_.insert(items_.begin() + static_cast<std::ptrdiff_t>(first), items.begin(), items.end());
    if (observer_ != nullptr) observer_->items_inserted(first, items.size());
  }
  void arrive(std::string_view body) {
    if (!reading_end_) set_unread(unread_ + 1);
    insert(items_.size(), {message(body, "ben", "Ben")});
  }
  void drop_oldest(std::size_t count) {
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(count));
    if (observer_ != nullptr) observer_->oldest_dropped(count);
  }
  void set_history(History history) {
    history_ = history;
    if (observer_ != nullptr) observer_->history_changed();
  }
  void set_link(Link link) {
    link_ = std::move(link);
    if (observer_ != nullptr) observer_->link_changed();
  }
  void set_unread(std::size_t unread) {
    unread_ = unread;
    if (observer_ != nullptr) observer_->unread_changed();
  }
  void set_people(std::vector<Person> people, std::size_t count = 0) {
    people_ = std::move(people);
    people_count_ = count;
    if (observer_ != nullptr) observer_->people_changed();
  }

  ChatObserver* observer_ = nullptr;
  std::string room_ = "lobby";
  std::string own_name_ = "Mia";
  std::vector<TimelineItem> items_;
  Link link_{LinkState::kConnected, 0, ""};
  std::vector<Person> people_;
  std::size_t people_count_ = 0;
  History history_ = History::kComplete;
  std::size_t unread_ = 0;
  bool reading_end_ = false;
  std::string draft_;
  bool page_update_offered_ = false;
  int page_updates_accepted_ = 0;
  std::vector<std::string> sent_;
  std::vector<std::string> retried_;
  std::vector<std::string> discarded_;
  int older_asked_ = 0;
  int names_kept_ = 0;
  int next_key_ = 1;
  std::int64_t time_ms_ = 1'700'000'000'000;  // 2023-11-14T22:13:20Z
};

}  // namespace parley::web::testing
