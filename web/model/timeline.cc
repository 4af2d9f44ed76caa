#include "web/model/timeline.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace parley::web {

void Timeline::reset(const std::vector<StoredMessage>& page) {
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(stored_count_));
  stored_count_ = 0;
  std::vector<std::string> settled;
  for (const StoredMessage& message : page) {
    if (is_own(message)) {
      if (const std::size_t unsent = find_unsent(message.request_id); unsent < entries_.size()) {
        entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(unsent));
        settled.push_back(message.request_id);
      }
    }
    const std::size_t index = lower_bound(message.offset);
    if (index < stored_count_ && entries_[index]->item.offset == message.offset) continue;
    entries_.insert(entries_.begin() + static_cast<std::ptrdiff_t>(index), make_entry(message));
    ++stored_count_;
  }
  if (observer_ != nullptr) observer_->timeline_reset();
  for (const std::string& request_id : settled) settled_(request_id);
}

void Timeline::apply(const std::vector<StoredMessage>& messages, bool begins_at_first) {
  Run run;
  for (const StoredMessage& message : messages) {
    const std::size_t unsent = is_own(message) ? find_unsent(message.request_id) : entries_.size();
    const std::size_t index = lower_bound(message.offset);
    const bool known = index < stored_count_ && entries_[index]->item.offset == message.offset;
    const bool too_old = index == 0 && stored_count_ > 0 && !known && !begins_at_first;
    if (unsent < entries_.size()) {
      tell(run);
      if (known || too_old) {
        remove_unsent(message.request_id);
        settled_(message.request_id);
      } else {
        settle(unsent, index, message);
      }
      continue;
    }
    if (too_old) continue;
    if (!known) {
      insert(index, make_entry(message), run);
    } else if (message.change_offset > entries_[index]->change_offset) {
      tell(run);
      replace(index, message);
    }
  }
  tell(run);
}

bool Timeline::prepend(const std::vector<StoredMessage>& page) {
  std::vector<std::unique_ptr<Entry>> older;
  for (const StoredMessage& message : page) {
    if (stored_count_ > 0 && message.offset >= entries_.front()->item.offset) break;
    if (!older.empty() && message.offset <= older.back()->item.offset) continue;
    older.push_back(make_entry(message));
  }
  const std::size_t count = older.size();
  entries_.insert(entries_.begin(), std::make_move_iterator(older.begin()), std::make_move_iterator(older.end()));
  stored_count_ += count;
  if (count > 0 && observer_ != nullptr) observer_->items_inserted(0, count);
  for (const StoredMessage& message : page) {
    if (!is_own(message) || find_unsent(message.request_id) == entries_.size()) continue;
    remove_unsent(message.request_id);
    settled_(message.request_id);
  }
  return count > 0;
}

void Timeline::drop_oldest(std::size_t kept) {
  if (stored_count_ <= kept) return;
  const std::size_t count = stored_count_ - kept;
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(count));
  stored_count_ = kept;
  if (observer_ != nullptr) observer_->oldest_dropped(count);
}

void Timeline::add_unsent(TimelineItem item, std::string_view request_id) {
  item.key = std::string("own.").append(request_id);
  item.own = true;
  entries_.push_back(std::make_unique<Entry>(Entry{std::move(item), 0, std::string(request_id)}));
  if (observer_ != nullptr) observer_->items_inserted(entries_.size() - 1, 1);
}

void Timeline::set_delivery(std::string_view request_id, Delivery delivery, std::string_view failure) {
  const std::size_t index = find_unsent(request_id);
  if (index == entries_.size()) return;
  TimelineItem& item = entries_[index]->item;
  if (item.delivery == delivery && item.failure == failure) return;
  item.delivery = delivery;
  item.failure = failure;
  if (observer_ != nullptr) observer_->item_changed(index, index);
}

void Timeline::remove_unsent(std::string_view request_id) {
  const std::size_t index = find_unsent(request_id);
  if (index == entries_.size()) return;
  entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(index));
  if (observer_ != nullptr) observer_->item_removed(index);
}

std::string Timeline::request_id_of_unsent(std::string_view key) const {
  for (std::size_t index = stored_count_; index < entries_.size(); ++index) {
    if (entries_[index]->item.key == key) return entries_[index]->request_id;
  }
  return {};
}

std::unique_ptr<Timeline::Entry> Timeline::make_entry(const StoredMessage& message) const {
  auto entry = std::make_unique<Entry>();
  entry->item.key = "m" + std::to_string(message.offset);
  entry->item.offset = message.offset;
  entry->item.author_id = message.author_id;
  entry->item.author_name = message.author_name;
  entry->item.body = message.body;
  entry->item.time_ms = message.time_ms;
  entry->item.own = is_own(message);
  entry->change_offset = message.change_offset;
  return entry;
}

bool Timeline::is_own(const StoredMessage& message) const {
  return !own_author_id_.empty() && message.author_id == own_author_id_;
}

// The place of `offset` among the stored messages. Nearly always that is their end.
std::size_t Timeline::lower_bound(std::int64_t offset) const {
  if (stored_count_ == 0 || entries_[stored_count_ - 1]->item.offset < offset) return stored_count_;
  const auto end = entries_.begin() + static_cast<std::ptrdiff_t>(stored_count_);
  const auto found = std::lower_bound(entries_.begin(), end, offset, [](const auto& entry, std::int64_t wanted) {
    return entry->item.offset < wanted;
  });
  return static_cast<std::size_t>(found - entries_.begin());
}

// size() when there is none.
std::size_t Timeline::find_unsent(std::string_view request_id) const {
  std::size_t index = stored_count_;
  while (index < entries_.size() && entries_[index]->request_id != request_id) ++index;
  return index;
}

void Timeline::insert(std::size_t index, std::unique_ptr<Entry> entry, Run& run) {
  if (run.count > 0 && index != run.first + run.count) tell(run);
  if (run.count == 0) run.first = index;
  entries_.insert(entries_.begin() + static_cast<std::ptrdiff_t>(index), std::move(entry));
  ++stored_count_;
  ++run.count;
}

// The unsent item takes its place in the stored order and keeps its key.
void Timeline::settle(std::size_t unsent, std::size_t index, const StoredMessage& message) {
  auto entry = make_entry(message);
  entry->item.key = std::move(entries_[unsent]->item.key);
  if (unsent == index) {
    entries_[index] = std::move(entry);
  } else {
    entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(unsent));
    entries_.insert(entries_.begin() + static_cast<std::ptrdiff_t>(index), std::move(entry));
  }
  ++stored_count_;
  if (observer_ != nullptr) observer_->item_changed(index, unsent);
  settled_(message.request_id);
}

void Timeline::replace(std::size_t index, const StoredMessage& message) {
  auto entry = make_entry(message);
  entry->item.key = std::move(entries_[index]->item.key);
  entries_[index] = std::move(entry);
  if (observer_ != nullptr) observer_->item_changed(index, index);
}

void Timeline::tell(Run& run) {
  const Run told = std::exchange(run, Run{});
  if (told.count > 0 && observer_ != nullptr) observer_->items_inserted(told.first, told.count);
}

}  // namespace parley::web
