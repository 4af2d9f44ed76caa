#include "backend/postgres/array_literal.h"

namespace parley::backend {

void ArrayLiteral::add(std::string_view text) {
  separate();
  literal_ += '"';
  while (true) {
    const std::size_t special = text.find_first_of("\"\\");
    literal_ += text.substr(0, special);
    if (special == std::string_view::npos) break;
    literal_ += '\\';
    literal_ += text[special];
    text.remove_prefix(special + 1);
  }
  literal_ += '"';
}

}  // namespace parley::backend
