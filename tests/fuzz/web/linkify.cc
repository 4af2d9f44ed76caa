// A message's text on its way into the page.
#include "web/view/linkify.h"

#include <string>

#include "tests/fuzz/fuzz.h"
#include "tests/support/fake_dom/fake_element.h"

namespace parley::fuzz {

void fuzz(std::string_view bytes) {
  std::string together;
  for (const web::TextPiece& piece : web::split_links(bytes)) {
    expect(!piece.text.empty(), "no piece is empty");
    together += piece.text;
    if (!piece.is_link) continue;
    const std::string_view scheme = piece.text.substr(0, 4);
    expect((scheme[0] | 0x20) == 'h' && (scheme[1] | 0x20) == 't' && (scheme[2] | 0x20) == 't' &&
               (scheme[3] | 0x20) == 'p',
           "links are of the web");
    for (const char character : piece.text) {
      expect(static_cast<unsigned char>(character) > 0x20 &&
                 std::string_view("<>\"\\").find(character) == std::string_view::npos,
             "a link holds no space, quotes or angle brackets");
    }
  }
  expect(together == bytes, "the pieces are the text");

  web::testing::FakeDocument document;
  const web::ElementPtr root = document.root();
  web::append_with_links(*root, bytes);
  expect(document.body().all_text() == bytes, "the page shows the text");
  for (const web::testing::FakeNode* link : document.body().all_of_tag("a")) {
    expect(link->attribute("href") == link->all_text(), "a link leads where it says");
  }
}

}  // namespace parley::fuzz
