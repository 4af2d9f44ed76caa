// What the view reads and what it can ask for: the state of one room as one person sees it. No browser types.
// Everything runs on the page's one thread. Observers are called after the state has changed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/text_rules.h"

namespace parley::web {

// How far an own message has come. Others' messages are always kSent.
enum class Delivery { kSending, kSent, kFailed };

// One line of the conversation. Stored messages come first, by offset; after them own unsent ones, as written.
struct TimelineItem {
  std::string key;          // stable for the life of the item, also when a sending message becomes sent
  std::int64_t offset = 0;  // 0 until stored
  std::string author_id;
  std::string author_name;
  std::string body;
  std::int64_t time_ms = 0;  // Unix time; the server's once stored
  bool own = false;
  Delivery delivery = Delivery::kSent;
  std::string failure;  // for a person; only with kFailed
};

enum class LinkState {
  kConnecting,    // the first attempt
  kConnected,     // subscribed: what is shown is live
  kReconnecting,  // waits for the next attempt, see Link::retry_in_s, or attempts it (0)
  kOffline,       // the browser says that there is no network
  kRefused,       // the server does not want this page: no further attempts, see Link::reason
};

struct Link {
  LinkState state = LinkState::kConnecting;
  int retry_in_s = 0;
  std::string reason;  // for a person; only with kRefused
};

struct Person {
  std::string author_id;
  std::string name;
  bool self = false;
};

enum class History { kUnknown, kHasOlder, kLoading, kFailed, kComplete };

// Indices are those after the change.
class ChatObserver {
 public:
  virtual ~ChatObserver() = default;
  virtual void timeline_reset() = 0;
  virtual void items_inserted(std::size_t first, std::size_t count) = 0;
  // The item is at `index`; `previous_index` differs when an own message took its place in the stored order.
  virtual void item_changed(std::size_t index, std::size_t previous_index) = 0;
  virtual void item_removed(std::size_t index) = 0;
  // The first `count` items are held no longer, for there are very many; load_older() brings them back.
  virtual void oldest_dropped(std::size_t count) = 0;
  // The link's state, the seconds until the next attempt.
  virtual void link_changed() = 0;
  virtual void people_changed() = 0;
  virtual void history_changed() = 0;
  virtual void own_name_changed() = 0;
  // Somebody else in the room has the name that was chosen: nothing is sent until another one is, or keep_own_name().
  virtual void own_name_taken(const std::string& name) = 0;
  virtual void unread_changed() = 0;
  virtual void page_update_changed() = 0;
  // Whether the person is in the midst of something that is not in the model: reads further up, fills in a field.
  virtual bool engaged() const = 0;
};

class ChatModel {
 public:
  virtual ~ChatModel() = default;

  // At most one; null to stop. The observer outlives the model or is unset before.
  virtual void observe(ChatObserver* observer) = 0;

  virtual const std::string& room() const = 0;
  // Empty until the person has chosen one.
  virtual const std::string& own_name() const = 0;
  virtual std::size_t item_count() const = 0;
  // Valid until the next change.
  virtual const TimelineItem& item(std::size_t index) const = 0;
  virtual Link link() const = 0;
  virtual std::size_t people_count() const = 0;
  // The known people, by name; fewer than people_count() in a very full room. `index` < known_people().
  virtual std::size_t known_people() const = 0;
  virtual const Person& person(std::size_t index) const = 0;
  virtual History history() const = 0;
  // Others' messages that came while the end of the list was not being read.
  virtual std::size_t unread() const = 0;

  // Takes the message into the list as sending (and into storage, so that a reload loses nothing), at once, connected
  // or not. kNone when taken; otherwise nothing happened.
  virtual TextProblem send(std::string_view body) = 0;
  // For a failed item: again, with the same request_id; or out of the list.
  virtual void retry(std::string_view key) = 0;
  virtual void discard(std::string_view key) = 0;
  // Asks for the page before the first item, unless that is under way or there is none.
  virtual void load_older() = 0;
  // White space at the ends is taken off first.
  virtual TextProblem set_own_name(std::string_view name) = 0;
  // No other name, after own_name_taken().
  virtual void keep_own_name() = 0;
  // Whether the end of the list is on screen in a visible page: then nothing is unread.
  virtual void set_reading_end(bool reading) = 0;
  // What is in the composer, kept over a reload, a room each. `draft` is empty when there is none.
  virtual std::string draft() const = 0;
  virtual void set_draft(std::string_view text) = 0;
  // Whether the server has a newer page, and the person is asked to take it; and that they do.
  virtual bool page_update_offered() const = 0;
  virtual void accept_page_update() = 0;
};

}  // namespace parley::web
