// Connections that can be done without: when there is no place left, one of them makes way.
#pragma once

#include <array>
#include <cstddef>
#include <list>
#include <memory>
#include <utility>

namespace parley::gateway {

class SpareConnection {
 public:
  virtual ~SpareConnection() = default;
  // Ends it, and gives back its place at once.
  virtual void make_way() = 0;
};

// Of one I/O thread, on that thread. Whoever holds connections by the thousand only drives out his own oldest ones, and
// anybody who speaks soon gets in.
class SpareConnections {
 public:
  // In the order in which they make way; among equals the one that has been so for longest.
  enum class Kind {
    kNew,     // nothing whole has come yet
    kIdle,    // between two requests, and within the head of a later one: RFC 9112, section 9.3, lets both sides end it
    kTaking,  // its answer is on the way: as long as nobody else makes way, it is left to take it
  };

  // That a connection is one of them. It is one no more when this goes.
  class Entry {
   public:
    Entry() = default;
    Entry(Entry&& other) noexcept { swap(other); }
    Entry& operator=(Entry&& other) noexcept {
      Entry taken(std::move(other));
      swap(taken);
      return *this;
    }
    ~Entry() {
      if (lists_ != nullptr) (*lists_)[kind_].erase(place_);
    }

   private:
    friend class SpareConnections;
    using List = std::list<SpareConnection*>;
    using Lists = std::array<List, 3>;
    Entry(std::shared_ptr<Lists> lists, std::size_t kind, List::iterator place)
        : lists_(std::move(lists)), kind_(kind), place_(place) {}
    void swap(Entry& other) noexcept {
      std::swap(lists_, other.lists_);
      std::swap(kind_, other.kind_);
      std::swap(place_, other.place_);
    }

    std::shared_ptr<Lists> lists_;
    std::size_t kind_ = 0;
    List::iterator place_;
  };

  // `connection` lets go of the entry before it goes.
  Entry add(Kind kind, SpareConnection& connection) {
    const auto index = static_cast<std::size_t>(kind);
    Entry::List& list = (*lists_)[index];
    return {lists_, index, list.insert(list.end(), &connection)};
  }
  // False where there is none.
  bool dismiss_one() {
    for (Entry::List& list : *lists_) {
      if (list.empty()) continue;
      list.front()->make_way();
      return true;
    }
    return false;
  }

 private:
  // A connection may outlive this object by as long as its last operation takes to return.
  const std::shared_ptr<Entry::Lists> lists_ = std::make_shared<Entry::Lists>();
};

}  // namespace parley::gateway
