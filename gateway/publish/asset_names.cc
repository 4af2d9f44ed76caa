#include "gateway/publish/asset_names.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"

namespace parley::gateway {
namespace {

constexpr std::string_view kAssets = "/assets/";
constexpr std::string_view kPathMarks = "._-/";

bool is_of_path(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || kPathMarks.find(c) != std::string_view::npos;
}

bool has_names(std::string_view file) {
  constexpr std::array<std::string_view, 4> kEndings = {".html", ".js", ".mjs", ".css"};
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [file](std::string_view ending) { return file.ends_with(ending); });
}

// The first name in `text` that no file has; empty for none.
std::string_view missing_in(std::string_view text, const SiteFiles& files) {
  for (std::size_t at = 0; (at = text.find(kAssets, at)) != std::string_view::npos;) {
    // In the middle of a longer path or address it is not our folder.
    const bool begins = at == 0 || !(is_of_path(text[at - 1]) || text[at - 1] == ':');
    const std::string_view rest = text.substr(at);
    std::string_view name =
        rest.substr(0, static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), is_of_path) - rest.begin()));
    at += name.size();
    // The end of a sentence, or a folder that a script puts names behind.
    while (name.ends_with('.')) name.remove_suffix(1);
    if (begins && !name.ends_with('/') && !files.contains(name)) return name;
  }
  return {};
}

}  // namespace

absl::Status check_asset_names(const SiteFiles& files) {
  for (const auto& [name, file] : files) {
    if (!has_names(name)) continue;
    const std::string_view missing = missing_in(file.bytes, files);
    if (!missing.empty())
      return site_invalid(name.substr(1) + " names " + std::string(missing) + ", which is not there");
  }
  return absl::OkStatus();
}

}  // namespace parley::gateway
