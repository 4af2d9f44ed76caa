#include "gateway/identity/cookie.h"

#include <algorithm>

namespace parley::gateway {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// cookie-octet.
bool is_value(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char character) {
    return character > ' ' && character < '\x7f' && character != '"' && character != ',' && character != ';' &&
           character != '\\';
  });
}

}  // namespace

std::vector<Cookie> find_cookies(std::string_view header, std::string_view name_begin, std::size_t count_max) {
  std::vector<Cookie> found;
  while (!header.empty() && found.size() < count_max) {
    const std::size_t end = std::min(header.find(';'), header.size());
    const std::string_view pair = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = trim(pair.substr(0, equals));
    std::string_view value = trim(pair.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    if (name.starts_with(name_begin) && is_value(value)) found.push_back({name, value});
  }
  return found;
}

}  // namespace parley::gateway
