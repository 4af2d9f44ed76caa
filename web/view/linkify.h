// Finds the web addresses in a text that people wrote.
#pragma once

#include <string_view>
#include <vector>

#include "web/dom/element.h"

namespace parley::web {

struct TextPiece {
  std::string_view text;  // a part of the text given
  bool is_link = false;
};

// The pieces in order; together they are the text. A link begins with http:// or https:// (in any case) at the
// beginning of a word and names a host; it holds no white space, quotes, angle brackets, backslashes or invisible
// direction marks, no user name before the host (`https://bank.example@evil.example`), and neither the punctuation at
// its end nor a closing bracket that was not opened inside it.
std::vector<TextPiece> split_links(std::string_view text);

// Appends the text to `parent`: text as text, links as <a> that open apart and tell the other site nothing.
void append_with_links(Element& parent, std::string_view text);

}  // namespace parley::web
