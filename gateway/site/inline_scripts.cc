#include "gateway/site/inline_scripts.h"

#include "absl/strings/escaping.h"
#include "gateway/site/digest.h"

namespace parley::gateway {

std::string inline_script_sources(std::string_view html) {
  constexpr std::string_view kBegin = "<script>";
  constexpr std::string_view kEnd = "</script>";
  std::string sources;
  for (std::size_t begin = html.find(kBegin); begin != std::string_view::npos; begin = html.find(kBegin, begin)) {
    begin += kBegin.size();
    const std::size_t end = html.find(kEnd, begin);
    if (end == std::string_view::npos) break;
    const std::string digest = sha256(html.substr(begin, end - begin));
    sources += " 'sha256-" + absl::Base64Escape(digest) + "'";
  }
  return sources;
}

}  // namespace parley::gateway
