// Own messages that wait to be stored by the server, in the order of writing, over reloads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "web/model/ports.h"

namespace parley::web {

struct UnsentMessage {
  std::string request_id;
  std::string body;
  std::int64_t time_ms = 0;  // when it was written, Unix time; distinct and rising
  std::string failure;       // why the server refused it, for a person; empty while it waits
};

// Each message has a storage key of its own, so that tabs that share the storage do not overwrite each other's. What
// the storage refuses stays in memory.
class Outbox {
 public:
  // More than anybody writes without a network; a message beyond it is kept in memory only.
  static constexpr std::size_t kStoredMax = 1'000;

  Outbox(Storage& storage, std::string_view room);

  // As read at the start, then as changed.
  const std::vector<UnsentMessage>& messages() const { return messages_; }
  // The first one that waits, or null.
  const UnsentMessage* next() const;
  const UnsentMessage* find(std::string_view request_id) const;
  // Whether a reload would find them all.
  bool stored() const;

  // At the end. `now_ms` is Unix time.
  const UnsentMessage& add(std::string_view request_id, std::string_view body, std::int64_t now_ms);
  void fail(std::string_view request_id, std::string_view failure);
  // Waits again, in its old place.
  void revive(std::string_view request_id);
  // Stored by the server, or given up.
  void remove(std::string_view request_id);

 private:
  std::string key(std::string_view request_id) const;
  void load(std::string_view storage_key);
  void save(const UnsentMessage& message);
  std::vector<UnsentMessage>::iterator locate(std::string_view request_id);

  Storage& storage_;
  std::string prefix_;
  std::vector<UnsentMessage> messages_;
};

}  // namespace parley::web
