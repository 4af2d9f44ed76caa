// The Cookie header, and the session in it.
#include <array>
#include <string>
#include <vector>

#include "gateway/identity/cookie.h"
#include "gateway/identity/session_cookie.h"
#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {

void fuzz(std::string_view bytes) {
  static const std::array<std::string, 2> kKeys{std::string(32, 'k'), std::string(32, 'l')};
  const std::vector<gateway::Cookie> cookies = gateway::find_cookies(bytes, "session", 4);
  expect(cookies.size() <= 4, "no more cookies are found than are asked for");
  for (const auto& [name, value] : cookies) {
    expect(name.starts_with("session"), "a cookie has the name that was asked for");
    expect(
        value.empty() || (value.data() >= bytes.data() && value.data() + value.size() <= bytes.data() + bytes.size()),
        "a cookie's value is part of the header");
    expect(value.find(';') == std::string_view::npos, "a cookie ends before the next one");
  }
  expect(!gateway::open_session(bytes, kKeys), "nobody makes a session without a key");
  const gateway::SessionIdentity session{.author_id = "a1", .name = std::string(bytes.substr(0, 40)), .issue_time = 7};
  const std::string sealed = gateway::seal_session(session, kKeys[1]);
  if (const auto opened = gateway::open_session(sealed, kKeys)) {
    expect(opened->session == session && opened->key == 1, "what was sealed is what is opened");
  }
  const std::string header = "theme=dark; session=" + sealed + "; x=y";
  const std::vector<gateway::Cookie> found = gateway::find_cookies(header, "session", 1);
  expect(found.size() == 1 && found[0].value == sealed, "a sealed session is a cookie's value");
}

}  // namespace parley::fuzz
