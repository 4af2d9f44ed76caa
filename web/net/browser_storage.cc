#include "web/net/browser_storage.h"

#include <emscripten/emscripten.h>

#include <algorithm>

#include "web/net/browser_text.h"

// A browser may forbid storage altogether (then even naming it throws), and it may be full.
// clang-format off
EM_JS(int, parley_storage_get, (const char* key), {
  try {
    const value = localStorage.getItem(UTF8ToString(key));
    if (value === null) return -1;
    const bytes = lengthBytesUTF8(value);
    stringToUTF8(value, _parley_text_buffer(bytes + 1), bytes + 1);
    return bytes;
  } catch (error) {
    return -1;
  }
})

EM_JS(int, parley_storage_set, (const char* key, const char* value), {
  try {
    localStorage.setItem(UTF8ToString(key), UTF8ToString(value));
    return 1;
  } catch (error) {
    return 0;
  }
})

EM_JS(void, parley_storage_remove, (const char* key), {
  try {
    localStorage.removeItem(UTF8ToString(key));
  } catch (error) {
  }
})

// All keys, a line each.
EM_JS(int, parley_storage_keys, (), {
  try {
    const names = Object.keys(localStorage).join('\n');
    const bytes = lengthBytesUTF8(names);
    stringToUTF8(names, _parley_text_buffer(bytes + 1), bytes + 1);
    return bytes;
  } catch (error) {
    return 0;
  }
})
// clang-format on

namespace parley::web {

std::optional<std::string> BrowserStorage::get(std::string_view key) const {
  const int bytes = parley_storage_get(std::string(key).c_str());
  if (bytes < 0) return std::nullopt;
  return take_browser_text(bytes);
}

bool BrowserStorage::set(std::string_view key, std::string_view value) {
  return parley_storage_set(std::string(key).c_str(), std::string(value).c_str()) != 0;
}

void BrowserStorage::remove(std::string_view key) { parley_storage_remove(std::string(key).c_str()); }

std::vector<std::string> BrowserStorage::keys(std::string_view prefix) const {
  const std::string names = take_browser_text(parley_storage_keys());
  std::vector<std::string> found;
  std::string_view rest = names;
  while (!rest.empty()) {
    const std::string_view name = rest.substr(0, rest.find('\n'));
    if (name.starts_with(prefix)) found.emplace_back(name);
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
  }
  return found;
}

}  // namespace parley::web
