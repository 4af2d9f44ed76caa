// PostgreSQL array literals, for parameters that are unnested into rows.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace parley::backend {

// Builds the text form of a one-dimensional array ("8.15.2. Array Value Input" of the manual). Texts are quoted and
// escaped, whatever they contain (but for NUL, which no text in PostgreSQL can hold).
class ArrayLiteral {
 public:
  void add(std::string_view text);
  template <std::integral Integer>
  void add(Integer number) {
    separate();
    literal_ += std::to_string(number);
  }
  std::string text() const { return literal_ + '}'; }

 private:
  void separate() {
    if (literal_.size() > 1) literal_ += ',';
  }
  std::string literal_ = "{";
};

// The literal of a range of texts.
template <typename Texts>
std::string array_literal(const Texts& texts) {
  ArrayLiteral literal;
  for (const std::string_view text : texts) literal.add(text);
  return literal.text();
}

}  // namespace parley::backend
