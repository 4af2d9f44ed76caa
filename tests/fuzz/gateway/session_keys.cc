// The file of the keys that sign sessions.
#include "gateway/identity/session_keys.h"

#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {

void fuzz(std::string_view bytes) {
  const auto keys = gateway::parse_session_keys(bytes);
  if (!keys.ok()) return;
  expect(!keys->empty() && keys->size() <= gateway::kSessionKeysMax, "there are some keys, and not too many");
  const auto again = gateway::parse_session_keys(gateway::format_session_keys(*keys));
  expect(again.ok() && *again == *keys, "what is written is what is read");
  const auto order = gateway::order_session_keys(*keys, keys->front().make_time);
  expect(order.size() == keys->size(), "all keys are in use");
}

}  // namespace parley::fuzz
