#include "gateway/web/header_list.h"

#include <cstddef>

namespace parley::gateway {
namespace {

bool is_token_char(char character) {
  const bool letter_or_digit = (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z') ||
                               (character >= 'A' && character <= 'Z');
  return letter_or_digit ||
         (character != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(character) != std::string_view::npos);
}

// Takes what it knows from the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : left_(text) {}

  bool at_end() const { return left_.empty(); }
  void skip_space() {
    while (!left_.empty() && (left_.front() == ' ' || left_.front() == '\t')) left_.remove_prefix(1);
  }
  // The character, and the space around it.
  bool take(char wanted) {
    skip_space();
    if (left_.empty() || left_.front() != wanted) return false;
    left_.remove_prefix(1);
    skip_space();
    return true;
  }
  bool take_token() {
    std::size_t length = 0;
    while (length < left_.size() && is_token_char(left_[length])) ++length;
    left_.remove_prefix(length);
    return length > 0;
  }
  // "When using the quoted-string syntax variant, the value after quoted-string unescaping MUST conform to the 'token'
  // ABNF."
  bool take_quoted_token() {
    if (left_.empty() || left_.front() != '"') return false;
    left_.remove_prefix(1);
    bool is_empty = true;
    while (!left_.empty() && left_.front() != '"') {
      if (left_.front() == '\\') left_.remove_prefix(1);
      if (left_.empty() || !is_token_char(left_.front())) return false;
      left_.remove_prefix(1);
      is_empty = false;
    }
    if (left_.empty()) return false;
    left_.remove_prefix(1);
    return !is_empty;
  }

 private:
  std::string_view left_;
};

bool take_extension(Scanner& scanner) {
  if (!scanner.take_token()) return false;
  while (scanner.take(';')) {
    if (!scanner.take_token()) return false;
    if (scanner.take('=') && !scanner.take_token() && !scanner.take_quoted_token()) return false;
  }
  return true;
}

template <class TakeElement>
bool is_list(std::string_view text, TakeElement take_element) {
  Scanner scanner(text);
  std::size_t elements = 0;
  scanner.skip_space();
  while (!scanner.at_end()) {
    if (scanner.take(',')) continue;
    if (!take_element(scanner)) return false;
    ++elements;
    if (!scanner.take(',') && !scanner.at_end()) return false;
  }
  return elements > 0;
}

}  // namespace

bool is_token_list(std::string_view text) {
  return is_list(text, [](Scanner& scanner) { return scanner.take_token(); });
}

bool is_extension_list(std::string_view text) { return is_list(text, take_extension); }

}  // namespace parley::gateway
