#include "gateway/site/site.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "common/absl_view.h"
#include "common/text_rules.h"
#include "gateway/site/accept_encoding.h"
#include "gateway/site/digest.h"
#include "gateway/site/inline_scripts.h"

namespace parley::gateway {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIndex = "/index.html";
constexpr std::string_view kRoomPrefix = "/r/";
constexpr std::string_view kAssetPrefix = "/assets/";

struct Coding {
  std::string_view suffix;
  std::string_view name;
};
constexpr std::array<Coding, 3> kCodings = {{{".br", "br"}, {".gz", "gzip"}, {"", ""}}};

// A precompressed form lies beside the file that it stands for.
bool is_coded_form(const SiteFiles& files, std::string_view name) {
  for (const Coding& coding : kCodings) {
    if (coding.suffix.empty() || !name.ends_with(coding.suffix)) continue;
    if (files.contains(name.substr(0, name.size() - coding.suffix.size()))) return true;
  }
  return false;
}

SiteFile make_file(const SiteFiles& files, const std::string& name) {
  SiteFile file;
  file.content_type = files.at(name).content_type;
  file.cache_control = name.starts_with(kAssetPrefix) ? "public, max-age=31536000, immutable" : "no-cache";
  if (name.ends_with(".html")) file.script_sources = inline_script_sources(files.at(name).bytes);
  const std::size_t plain_size = files.at(name).bytes.size();
  for (const Coding& coding : kCodings) {
    const auto found = files.find(name + std::string(coding.suffix));
    if (found == files.end()) continue;
    const std::string& bytes = found->second.bytes;
    if (!coding.suffix.empty() && bytes.size() >= plain_size) continue;
    file.variants.push_back(SiteVariant{coding.name, "\"" + content_digest(bytes) + "\"", bytes});
  }
  std::stable_sort(file.variants.begin(), file.variants.end(), [](const SiteVariant& left, const SiteVariant& right) {
    return !left.coding.empty() && (right.coding.empty() || left.bytes.size() < right.bytes.size());
  });
  return file;
}

// What web/pack-site has written there.
std::string page_version_in(std::string_view index) {
  constexpr std::string_view kBefore = "<meta name=\"version\" content=\"";
  const std::size_t found = index.find(kBefore);
  if (found == std::string_view::npos) return {};
  const std::string_view rest = index.substr(found + kBefore.size());
  const std::string_view version = rest.substr(0, rest.find('"'));
  return check_identifier(version) == TextProblem::kNone ? std::string(version) : std::string();
}

}  // namespace

absl::StatusOr<Site> Site::load(const fs::path& folder) {
  absl::StatusOr<SiteFiles> files = read_site_folder(folder);
  if (!files.ok()) return files.status();
  if (!files->contains(kIndex)) return site_invalid("there is no index.html in the site folder " + folder.string());
  return make(*files);
}

absl::StatusOr<Site> Site::make(const SiteFiles& files) {
  const auto index = files.find(kIndex);
  if (index == files.end()) return site_invalid("there is no index.html in the site");
  Site site;
  site.page_version_ = page_version_in(index->second.bytes);
  for (const auto& [name, raw] : files) {
    if (!is_coded_form(files, name)) site.files_.emplace(name, std::make_shared<SiteFile>(make_file(files, name)));
  }
  return site;
}

void Site::add_assets_of(const Site& other) {
  for (const auto& [name, file] : other.files_) {
    if (name.starts_with(kAssetPrefix)) files_.emplace(name, file);
  }
}

const SiteFile* Site::find(std::string_view path) const {
  const bool room =
      path.starts_with(kRoomPrefix) && check_room_name(path.substr(kRoomPrefix.size())) == TextProblem::kNone;
  const auto found = files_.find(path == "/" || room ? kIndex : path);
  return found == files_.end() ? nullptr : found->second.get();
}

const SiteVariant& choose_variant(const SiteFile& file, std::string_view accept_encoding) {
  const SiteVariant* best = &file.variants.back();
  // Without any preference said, the file itself; a coding must be asked for, and win over identity.
  int best_weight = 0;
  for (const SiteVariant& variant : file.variants) {
    const std::string_view name = variant.coding.empty() ? std::string_view("identity") : variant.coding;
    const int weight = coding_weight(accept_encoding, name);
    if (weight > best_weight) {
      best = &variant;
      best_weight = weight;
    }
  }
  return *best;
}

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
  for (const absl::string_view element : absl::StrSplit(to_absl(if_none_match), ',')) {
    std::string_view candidate = to_std(absl::StripAsciiWhitespace(element));
    if (candidate == "*") return true;
    if (candidate.starts_with("W/")) candidate.remove_prefix(2);
    if (candidate == etag) return true;
  }
  return false;
}

}  // namespace parley::gateway
