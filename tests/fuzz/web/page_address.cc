// The page's address, and what goes into the address of its socket.
#include "common/text_rules.h"
#include "tests/fuzz/fuzz.h"
#include "web/model/query.h"

namespace parley::fuzz {

void fuzz(std::string_view bytes) {
  expect(check_room_name(web::room_of_path(bytes)) == TextProblem::kNone, "a path names a room that can be one");
  const std::string encoded = web::percent_encode(bytes);
  std::size_t length = 0;
  for (const char character : encoded) {
    expect(static_cast<unsigned char>(character) > 0x20 && static_cast<unsigned char>(character) < 0x7F &&
               std::string_view("&=+#?/").find(character) == std::string_view::npos,
           "nothing is left that means something in a query");
    length += character == '%' ? static_cast<std::size_t>(-1) : 1;
  }
  expect(length == bytes.size(), "each byte is one character, or a percent sign and two digits");
}

}  // namespace parley::fuzz
