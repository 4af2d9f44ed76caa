// The Cookie header, and the session in it.
#include <array>
#include <string>

#include "gateway/identity/cookie.h"
#include "gateway/identity/session_cookie.h"
#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {

void fuzz(std::string_view bytes) {
  static const std::array<std::string, 2> kKeys{std::string(32, 'k'), std::string(32, 'l')};
  if (const auto value = gateway::find_cookie(bytes, "session"); value && !value->empty()) {
    expect(value->data() >= bytes.data() && value->data() + value->size() <= bytes.data() + bytes.size(),
           "a cookie's value is part of the header");
    expect(value->find(';') == std::string_view::npos, "a cookie ends before the next one");
  }
  expect(!gateway::open_session(bytes, kKeys), "nobody makes a session without a key");
  const gateway::SessionIdentity session{.author_id = "a1", .name = std::string(bytes.substr(0, 40)), .issue_time = 7};
  const std::string sealed = gateway::seal_session(session, kKeys[1]);
  if (const auto opened = gateway::open_session(sealed, kKeys)) {
    expect(opened->session == session && opened->key == 1, "what was sealed is what is opened");
  }
  const std::string header = "theme=dark; session=" + sealed + "; x=y";
  expect(gateway::find_cookie(header, "session") == sealed, "a sealed session is a cookie's value");
}

}  // namespace parley::fuzz
