#include "gateway/site/release_manifest.h"

#include <algorithm>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "absl/strings/str_split.h"
#include "common/absl_view.h"
#include "gateway/site/digest.h"

namespace parley::gateway {
namespace {

namespace json = boost::json;

constexpr std::size_t kPathBytesMax = 512;
constexpr std::size_t kContentTypeBytesMax = 128;

// Printable ASCII: it becomes a header, or the name of a file.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool is_inner_path(std::string_view path) {
  if (path.empty() || path.size() > kPathBytesMax || path.find('\0') != std::string_view::npos) return false;
  for (const absl::string_view part : absl::StrSplit(to_absl(path), '/')) {
    if (part.empty() || part.front() == '.') return false;
  }
  return true;
}

std::string_view text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  if (value == nullptr || !value->is_string()) return {};
  return {value->as_string().data(), value->as_string().size()};
}

bool read_file_entry(const json::value& value, ReleaseFile& file) {
  const json::object* object = value.if_object();
  if (object == nullptr) return false;
  file.path = text_of(*object, "path");
  file.sha256 = text_of(*object, "sha256");
  file.content_type = text_of(*object, "content_type");
  const json::value* size = object->if_contains("size");
  if (size == nullptr || !size->is_int64() || size->as_int64() < 0) return false;
  file.size = static_cast<std::size_t>(size->as_int64());
  const bool is_type = !file.content_type.empty() && file.content_type.size() <= kContentTypeBytesMax;
  return is_inner_path(file.path) && is_release_id(file.sha256) && is_type && is_plain(file.content_type) &&
         file.size <= kSiteBytesMax;
}

}  // namespace

ReleaseManifest make_manifest(const SiteFiles& files) {
  ReleaseManifest manifest;
  manifest.reserve(files.size());
  for (const auto& [name, file] : files) {
    manifest.push_back({name.substr(1), sha256_hex(file.bytes), file.bytes.size(), file.content_type});
  }
  return manifest;
}

std::string encode_manifest(const ReleaseManifest& manifest) {
  // A file a line, for people who compare two.
  std::string text = "{\"files\":[\n";
  for (const ReleaseFile& file : manifest) {
    json::object object;
    object["path"] = file.path;
    object["sha256"] = file.sha256;
    object["size"] = file.size;
    object["content_type"] = file.content_type;
    text += json::serialize(object) + (&file == &manifest.back() ? "\n" : ",\n");
  }
  return text + "]}\n";
}

absl::StatusOr<ReleaseManifest> parse_manifest(std::string_view bytes) {
  boost::system::error_code error;
  const json::value value = json::parse({bytes.data(), bytes.size()}, error);
  const json::object* object = error ? nullptr : value.if_object();
  const json::value* entries = object == nullptr ? nullptr : object->if_contains("files");
  if (entries == nullptr || !entries->is_array()) return site_invalid("the manifest is not one of a release");
  if (entries->as_array().size() > kSiteFilesMax) return site_invalid("the manifest lists too many files");
  ReleaseManifest manifest;
  std::size_t bytes_of_all = 0;
  for (const json::value& entry : entries->as_array()) {
    ReleaseFile file;
    if (!read_file_entry(entry, file)) return site_invalid("the manifest has an entry that is no file of a site");
    bytes_of_all += file.size;
    if (bytes_of_all > kSiteBytesMax) return site_invalid("the site is too large");
    if (!manifest.empty() && manifest.back().path >= file.path) return site_invalid("the manifest is not in order");
    manifest.push_back(std::move(file));
  }
  return manifest;
}

bool is_release_id(std::string_view text) {
  constexpr std::size_t kDigits = 64;
  return text.size() == kDigits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace parley::gateway
