#include "backend/postgres/names_in_use.h"

#include <algorithm>
#include <utility>

#include <pqxx/result>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "backend/postgres/array_literal.h"
#include "backend/postgres/statements.h"
#include "common/absl_view.h"
#include "common/text_rules.h"

namespace parley::backend {
namespace {

// The last of a family that is given out: `Ann 200`.
constexpr int kNumberMax = 200;
constexpr std::size_t kGuestMarkSize = 8;

}  // namespace

NamesInUse::NamesInUse(pqxx::transaction_base& transaction, std::vector<WantedName> wanted)
    : transaction_(transaction), wanted_(std::move(wanted)), keys_(wanted_.size()) {
  ArrayLiteral room_ids, names;
  for (const WantedName& one : wanted_) {
    room_ids.add(one.room_id);
    names.add(one.name);
  }
  transaction_.exec_prepared(sql::kLockNames.name, room_ids.text(), names.text());
  // A statement of its own: it sees what those have stored who held the locks before.
  for (const pqxx::row& row : transaction_.exec_prepared(sql::kNamesInUse.name, room_ids.text(), names.text())) {
    const auto place = row[0].as<std::size_t>() - 1;
    Keys& keys = keys_.at(place);
    keys.name = row[1].as<std::string>();
    keys.family = row[2].as<std::string>();
    keys.stem = row[3].as<std::string>();
    note_users({wanted_[place].room_id, keys.name}, row[4], row[5]);
  }
}

void NamesInUse::note_users(const Place& place, const pqxx::field& lowest, const pqxx::field& highest) {
  if (lowest.is_null()) return;
  users_[place].insert({lowest.as<std::string>(), highest.as<std::string>()});
}

void NamesInUse::read_family(std::int64_t room_id, const std::string& family) {
  if (!families_.insert({room_id, family}).second) return;
  for (const pqxx::row& row : transaction_.exec_prepared(sql::kFamilyInUse.name, room_id, family, kNumberMax)) {
    note_users({room_id, row[0].as<std::string>()}, row[1], row[2]);
  }
}

bool NamesInUse::is_others(const Place& place, std::string_view author_id) const {
  const auto found = users_.find(place);
  return found != users_.end() && std::any_of(found->second.begin(), found->second.end(),
                                              [author_id](const std::string& user) { return user != author_id; });
}

bool NamesInUse::is_taken(std::size_t wanted) const {
  const WantedName& one = wanted_[wanted];
  return is_others({one.room_id, keys_[wanted].name}, one.author_id);
}

std::string NamesInUse::choose(std::size_t wanted) {
  const WantedName& one = wanted_[wanted];
  const Keys& keys = keys_[wanted];
  std::string name(one.name);
  Place place{one.room_id, keys.name};
  if (is_others(place, one.author_id)) read_family(one.room_id, keys.family);
  for (int number = 2; is_others(place, one.author_id) && number <= kNumberMax; ++number) {
    name = absl::StrCat(keys.stem, " ", number);
    place.second = absl::StrCat(keys.family, " ", number);
  }
  if (is_others(place, one.author_id) || check_author_name(name) != TextProblem::kNone) {
    return absl::StrCat("Guest-", absl::AsciiStrToLower(to_absl(one.fallback_id.substr(0, kGuestMarkSize))));
  }
  users_[place].insert(std::string(one.author_id));
  return name;
}

}  // namespace parley::backend
