#include "backend/postgres/array_literal.h"

#include <algorithm>

namespace parley::backend {

void ArrayLiteral::add(std::string_view text) {
  // find_first_of() would make a call for each character.
  const auto is_special = [](char character) { return character == '"' || character == '\\'; };
  separate();
  literal_ += '"';
  auto from = text.begin();
  while (true) {
    const auto special = std::find_if(from, text.end(), is_special);
    literal_.append(from, special);
    if (special == text.end()) break;
    literal_ += '\\';
    literal_ += *special;
    from = special + 1;
  }
  literal_ += '"';
}

}  // namespace parley::backend
