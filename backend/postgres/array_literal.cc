#include "backend/postgres/array_literal.h"

namespace parley::backend {

void ArrayLiteral::add(std::string_view text) {
  separate();
  literal_ += '"';
  for (const char character : text) {
    if (character == '"' || character == '\\') literal_ += '\\';
    literal_ += character;
  }
  literal_ += '"';
}

}  // namespace parley::backend
