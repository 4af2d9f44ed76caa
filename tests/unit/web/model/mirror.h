// An observer that keeps the list's keys from the notifications alone, as a view does, and compares.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "web/model/chat_model.h"

namespace parley::web {

// `List` has size() and item(index).
template <typename List>
class Mirror final : public ChatObserver {
 public:
  explicit Mirror(const List& list) : list_(list) { fill(); }

  void timeline_reset() override {
    ++resets;
    fill();
  }
  void items_inserted(std::size_t first, std::size_t count) override {
    ++insertions;
    ASSERT_LE(first, keys.size());
    for (std::size_t index = first; index < first + count; ++index) {
      keys.insert(keys.begin() + static_cast<std::ptrdiff_t>(index), list_.item(index).key);
    }
    inserted += count;
    compare();
  }
  void item_changed(std::size_t index, std::size_t previous_index) override {
    ++changes;
    ASSERT_LT(previous_index, keys.size());
    const std::string key = keys[previous_index];
    keys.erase(keys.begin() + static_cast<std::ptrdiff_t>(previous_index));
    keys.insert(keys.begin() + static_cast<std::ptrdiff_t>(index), key);
    compare();
  }
  void item_removed(std::size_t index) override {
    ASSERT_LT(index, keys.size());
    keys.erase(keys.begin() + static_cast<std::ptrdiff_t>(index));
    compare();
  }
  void oldest_dropped(std::size_t count) override {
    ASSERT_LE(count, keys.size());
    keys.erase(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(count));
    dropped += count;
    compare();
  }
  void link_changed() override { ++link_changes; }
  void people_changed() override { ++people_changes; }
  void history_changed() override { ++history_changes; }
  void own_name_changed() override { ++name_changes; }
  void own_name_taken(const std::string& name) override { taken_names.push_back(name); }
  void unread_changed() override { ++unread_changes; }
  void page_update_changed() override { ++page_update_changes; }
  bool engaged() const override { return is_engaged; }

  std::vector<std::string> keys;
  std::vector<std::string> taken_names;
  int resets = 0;
  int insertions = 0;
  std::size_t inserted = 0;
  int changes = 0;
  std::size_t dropped = 0;
  int link_changes = 0;
  int people_changes = 0;
  int history_changes = 0;
  int name_changes = 0;
  int unread_changes = 0;
  int page_update_changes = 0;
  bool is_engaged = false;

 private:
  void fill() {
    keys.clear();
    for (std::size_t index = 0; index < size(); ++index) keys.push_back(list_.item(index).key);
  }
  std::size_t size() const {
    if constexpr (requires { list_.size(); }) {
      return list_.size();
    } else {
      return list_.item_count();
    }
  }
  void compare() const {
    if (size() > 2'000) return;  // the tests of large lists compare once, at their end
    ASSERT_EQ(keys.size(), size());
    for (std::size_t index = 0; index < size(); ++index) ASSERT_EQ(keys[index], list_.item(index).key) << index;
  }

  const List& list_;
};

}  // namespace parley::web
