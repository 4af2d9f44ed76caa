// Why the server refused a message, for the person who wrote it.
#pragma once

#include <string_view>

namespace parley::web {

// `reason` as in the API, upper snake.
inline std::string_view refusal_sentence(std::string_view reason) {
  if (reason == "BODY_TOO_LONG") return "This message is too long.";
  if (reason == "BODY_EMPTY") return "This message is empty.";
  if (reason == "TEXT_INVALID") return "This message has characters that cannot be sent.";
  if (reason == "AUTHOR_INVALID") return "The server does not accept your name.";
  if (reason == "NAME_IN_USE") return "Somebody else here has your name. Choose another one, then send it again.";
  return "The server did not accept this message.";
}

}  // namespace parley::web
