#include "gateway/site/site.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "common/absl_view.h"
#include "common/errors.h"
#include "common/text_rules.h"
#include "gateway/site/accept_encoding.h"
#include "gateway/site/digest.h"

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

absl::Status invalid(const std::string& message) {
  return make_error(absl::StatusCode::kFailedPrecondition, "SITE_INVALID", message);
}

using RawFiles = std::map<std::string, std::string, std::less<>>;

absl::Status read_file(const fs::path& path, std::string& bytes) {
  std::ifstream stream(path, std::ios::binary);
  bytes.assign(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  return stream.is_open() && !stream.bad() ? absl::OkStatus() : invalid("cannot read " + path.string());
}

absl::StatusOr<RawFiles> read_folder(const fs::path& folder) {
  RawFiles files;
  std::size_t bytes = 0;
  std::error_code error;
  fs::recursive_directory_iterator entries(folder, error);
  for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    const bool hidden = entries->path().filename().string().starts_with('.');
    if (hidden && entries->is_directory(error)) entries.disable_recursion_pending();
    if (hidden || entries->is_symlink(error) || !entries->is_regular_file(error)) continue;
    std::string content;
    if (absl::Status read = read_file(entries->path(), content); !read.ok()) return read;
    bytes += content.size();
    if (bytes > Site::kBytesMax || files.size() >= Site::kFilesMax) return invalid("the site is too large");
    files.emplace("/" + entries->path().lexically_relative(folder).generic_string(), std::move(content));
  }
  if (error) return invalid("cannot read the site folder " + folder.string() + ": " + error.message());
  return files;
}

// A precompressed form lies beside the file that it stands for.
bool is_coded_form(const RawFiles& files, std::string_view name) {
  for (const Coding& coding : kCodings) {
    if (coding.suffix.empty() || !name.ends_with(coding.suffix)) continue;
    if (files.contains(name.substr(0, name.size() - coding.suffix.size()))) return true;
  }
  return false;
}

SiteFile make_file(RawFiles& files, const std::string& name) {
  SiteFile file;
  file.content_type = content_type_of(name);
  file.cache_control = name.starts_with(kAssetPrefix) ? "public, max-age=31536000, immutable" : "no-cache";
  const std::size_t plain_size = files.at(name).size();
  for (const Coding& coding : kCodings) {
    const auto found = files.find(name + std::string(coding.suffix));
    if (found == files.end()) continue;
    if (!coding.suffix.empty() && found->second.size() >= plain_size) continue;
    std::string etag = "\"" + content_digest(found->second) + "\"";
    file.variants.push_back(SiteVariant{coding.name, std::move(etag), found->second});
  }
  std::stable_sort(file.variants.begin(), file.variants.end(), [](const SiteVariant& left, const SiteVariant& right) {
    return !left.coding.empty() && (right.coding.empty() || left.bytes.size() < right.bytes.size());
  });
  return file;
}

}  // namespace

absl::StatusOr<Site> Site::load(const fs::path& folder) {
  absl::StatusOr<RawFiles> raw = read_folder(folder);
  if (!raw.ok()) return raw.status();
  if (!raw->contains(kIndex)) return invalid("there is no index.html in the site folder " + folder.string());
  Site site;
  for (const auto& [name, bytes] : *raw) {
    if (!is_coded_form(*raw, name)) site.files_.emplace(name, make_file(*raw, name));
  }
  return site;
}

const SiteFile* Site::find(std::string_view path) const {
  const bool room =
      path.starts_with(kRoomPrefix) && check_room_name(path.substr(kRoomPrefix.size())) == TextProblem::kNone;
  const auto found = files_.find(path == "/" || room ? kIndex : path);
  return found == files_.end() ? nullptr : &found->second;
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

std::string_view content_type_of(std::string_view file_name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 18> kTypes = {{
      {".html", "text/html; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".wasm", "application/wasm"},
      {".webmanifest", "application/manifest+json"},
      {".json", "application/json"},
      {".map", "application/json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".webp", "image/webp"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".txt", "text/plain; charset=utf-8"},
      {".md", "text/plain; charset=utf-8"},
      {".xml", "application/xml"},
      {".pdf", "application/pdf"},
  }};
  for (const auto& [ending, type] : kTypes) {
    if (file_name.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

}  // namespace parley::gateway
