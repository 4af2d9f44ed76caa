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

// Others of a family that are looked at; then, and beyond this number, its names are given out no longer.
constexpr std::size_t kOthersMax = 200;
constexpr std::size_t kGuestMarkSize = 8;

}  // namespace

NamesInUse::NamesInUse(pqxx::transaction_base& transaction, std::vector<WantedName> wanted)
    : wanted_(std::move(wanted)), keys_(wanted_.size()) {
  ArrayLiteral room_ids, author_ids, names;
  for (const WantedName& one : wanted_) {
    room_ids.add(one.room_id);
    author_ids.add(one.author_id);
    names.add(one.name);
  }
  transaction.exec_prepared(sql::kLockNames.name, room_ids.text(), names.text());
  // A statement of its own: it sees what those have stored who held the locks before.
  for (const pqxx::row& row :
       transaction.exec_prepared(sql::kNamesInUse.name, room_ids.text(), author_ids.text(), names.text(), kOthersMax)) {
    const auto place = row[0].as<std::size_t>() - 1;
    Keys& keys = keys_.at(place);
    keys.name = row[1].as<std::string>();
    keys.family = row[2].as<std::string>();
    keys.stem = row[3].as<std::string>();
    if (row[4].is_null()) continue;
    ++keys.others;
    users_[{wanted_[place].room_id, row[4].as<std::string>()}].insert(row[5].as<std::string>());
  }
}

bool NamesInUse::is_others(const Place& place, std::string_view author_id) const {
  const auto found = users_.find(place);
  return found != users_.end() && std::any_of(found->second.begin(), found->second.end(),
                                              [author_id](const std::string& user) { return user != author_id; });
}

bool NamesInUse::is_taken(std::size_t wanted) const {
  const WantedName& one = wanted_[wanted];
  const Keys& keys = keys_[wanted];
  return keys.others >= kOthersMax || is_others({one.room_id, keys.name}, one.author_id);
}

std::string NamesInUse::choose(std::size_t wanted) {
  const WantedName& one = wanted_[wanted];
  const Keys& keys = keys_[wanted];
  std::string name(one.name);
  Place place{one.room_id, keys.name};
  for (std::size_t number = 2; is_others(place, one.author_id) && number <= kOthersMax; ++number) {
    name = absl::StrCat(keys.stem, " ", number);
    place.second = absl::StrCat(keys.family, " ", number);
  }
  const bool is_free = !is_others(place, one.author_id) && keys.others < kOthersMax;
  if (!is_free || check_author_name(name) != TextProblem::kNone) {
    return absl::StrCat("Guest-", absl::AsciiStrToLower(to_absl(one.fallback_id.substr(0, kGuestMarkSize))));
  }
  users_[place].insert(std::string(one.author_id));
  return name;
}

}  // namespace parley::backend
