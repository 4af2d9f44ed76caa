#include "web/model/identity.h"

namespace parley::web {
namespace {

constexpr std::string_view kAuthorIdKey = "parley.author_id";
constexpr std::string_view kNameKey = "parley.name";

// Takes ASCII white space off the ends; check_author_name refuses any other kind there.
std::string_view trim(std::string_view text) {
  constexpr std::string_view kWhiteSpace = " \t\r\n\f\v";
  const std::size_t first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

}  // namespace

Identity::Identity(Storage& storage, RandomSource& random) : storage_(storage) {
  const std::string author_id = storage_.get(kAuthorIdKey).value_or("");
  set_author_id(check_identifier(author_id) == TextProblem::kNone ? author_id : make_id(random));
  const std::string name = storage_.get(kNameKey).value_or("");
  if (check_author_name(name) == TextProblem::kNone) name_ = name;
}

void Identity::set_author_id(std::string_view author_id) {
  if (author_id == author_id_) return;
  author_id_ = author_id;
  if (storage_.get(kAuthorIdKey) != author_id_) storage_.set(kAuthorIdKey, author_id_);
}

TextProblem Identity::set_name(std::string_view name) {
  name = trim(name);
  const TextProblem problem = check_author_name(name);
  if (problem != TextProblem::kNone) return problem;
  name_ = name;
  storage_.set(kNameKey, name_);
  return TextProblem::kNone;
}

void Identity::forget_choice(std::string_view name) {
  name_ = name;
  if (name_.empty()) {
    storage_.remove(kNameKey);
  } else {
    storage_.set(kNameKey, name_);
  }
}

}  // namespace parley::web
