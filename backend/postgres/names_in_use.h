// A name that one author uses in a room is no other's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pqxx/result>
#include <pqxx/transaction_base>

namespace parley::backend {

struct WantedName {
  std::int64_t room_id = 0;
  std::string_view author_id;
  std::string_view name;         // valid, see check_author_name()
  std::string_view fallback_id;  // of random characters: for a name when none of the family is free
};

// Within a transaction of the caller, which must be read committed. Throws what libpqxx throws.
class NamesInUse {
 public:
  // Locks the families of the names (see the function name_family) until the transaction's end, so that nobody else
  // takes one of them meanwhile, and reads which of the names others use. Rows are locked before this, never after.
  // `transaction` outlives the object.
  NamesInUse(pqxx::transaction_base& transaction, std::vector<WantedName> wanted);

  // Whether another author uses the name, or has been given it by choose().
  bool is_taken(std::size_t wanted) const;
  // The name, if it is free for its author; else the first that is of `Ann 2` to `Ann 200`, and a name like
  // `Guest-x7yk` when none of them is. From then on it is that author's.
  std::string choose(std::size_t wanted);

 private:
  using Place = std::pair<std::int64_t, std::string>;  // a room and a name's key

  bool is_others(const Place& place, std::string_view author_id) const;
  // As the statements tell them: null where nobody uses the name.
  void note_users(const Place& place, const pqxx::field& lowest, const pqxx::field& highest);
  // Which of the family's numbered names are in use; once a family.
  void read_family(std::int64_t room_id, const std::string& family);

  struct Keys {
    std::string name;
    std::string family;
    std::string stem;  // for people: what the family's names begin with
  };

  pqxx::transaction_base& transaction_;
  const std::vector<WantedName> wanted_;
  std::vector<Keys> keys_;
  // author_ids: of those of the database the lowest and the highest, which tell whether there is another than one's
  // own.
  std::map<Place, std::set<std::string, std::less<>>> users_;
  std::set<Place> families_;  // that were read
};

}  // namespace parley::backend
