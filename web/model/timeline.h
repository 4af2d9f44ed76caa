// The conversation as a list: stored messages by offset, then own unsent ones as written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "web/model/chat_model.h"

namespace parley::web {

// A message as the server has it.
struct StoredMessage {
  std::int64_t offset = 0;
  std::int64_t change_offset = 0;
  std::string author_id;
  std::string author_name;
  std::string request_id;
  std::string body;
  std::int64_t time_ms = 0;
};

// Holds no message twice: stored ones are told apart by offset, an own unsent one is known again by its request_id.
// Tells the changes as ChatObserver documents them. Items stay where they are in memory: what is added or dropped
// before them costs a pointer each.
class Timeline {
 public:
  // Called with the request_id of an own unsent message when it turns out to be stored.
  using Settled = std::function<void(const std::string& request_id)>;

  explicit Timeline(Settled settled) : settled_(std::move(settled)) {}

  void observe(ChatObserver* observer) { observer_ = observer; }
  // Whose messages are own; empty while nobody knows.
  void set_own_author(std::string_view author_id) { own_author_id_ = author_id; }

  std::size_t size() const { return entries_.size(); }
  const TimelineItem& item(std::size_t index) const { return entries_[index]->item; }
  std::size_t stored_count() const { return stored_count_; }

  // Forgets all stored messages and takes these, oldest first; own unsent ones stay.
  void reset(const std::vector<StoredMessage>& page);
  // Messages or their changes, in the order of the changes. Those older than the first one held are left out while
  // `begins_at_first` is false: they come with their page.
  void apply(const std::vector<StoredMessage>& messages, bool begins_at_first);
  // A page from before the first stored message, oldest first; what is not older is left out. Answers whether something
  // was.
  bool prepend(const std::vector<StoredMessage>& page);
  // Forgets the oldest stored messages but `kept`.
  void drop_oldest(std::size_t kept);

  // At the end.
  void add_unsent(TimelineItem item, std::string_view request_id);
  void set_delivery(std::string_view request_id, Delivery delivery, std::string_view failure);
  void remove_unsent(std::string_view request_id);
  // Empty when there is no such unsent item.
  std::string request_id_of_unsent(std::string_view key) const;

 private:
  struct Entry {
    TimelineItem item;
    std::int64_t change_offset = 0;
    std::string request_id;
  };
  // Insertions next to each other that the observer has not been told of.
  struct Run {
    std::size_t first = 0;
    std::size_t count = 0;
  };

  std::unique_ptr<Entry> make_entry(const StoredMessage& message) const;
  bool is_own(const StoredMessage& message) const;
  std::size_t lower_bound(std::int64_t offset) const;
  std::size_t find_unsent(std::string_view request_id) const;
  void insert(std::size_t index, std::unique_ptr<Entry> entry, Run& run);
  void settle(std::size_t unsent, std::size_t index, const StoredMessage& message);
  void replace(std::size_t index, const StoredMessage& message);
  void tell(Run& run);

  Settled settled_;
  ChatObserver* observer_ = nullptr;
  std::string own_author_id_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::size_t stored_count_ = 0;
};

}  // namespace parley::web
