// What a request for a file says, a line each: path, If-None-Match, Accept-Encoding.
#include <string>

#include "absl/strings/ascii.h"
#include "common/absl_view.h"
#include "gateway/site/accept_encoding.h"
#include "gateway/site/site.h"
#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {

void fuzz(std::string_view bytes) {
  static const absl::StatusOr<gateway::Site> kSite = gateway::Site::load(PARLEY_STATIC);
  expect(kSite.ok(), "the folder static is a site");
  Input input(bytes);
  const std::string_view path = input.line();
  const std::string_view if_none_match = input.line();
  const std::string_view accept_encoding = input.line();

  if (const gateway::SiteFile* file = kSite->find(path); file != nullptr) {
    expect(path.starts_with('/') && path.find("..") == std::string_view::npos, "paths stay in the site");
    const gateway::SiteVariant& variant = gateway::choose_variant(*file, accept_encoding);
    expect(&variant >= file->variants.data() && &variant <= &file->variants.back(), "a variant of the file is chosen");
    if (gateway::etag_matches(if_none_match, variant.etag)) {
      expect(if_none_match.find(variant.etag) != std::string_view::npos ||
                 if_none_match.find('*') != std::string_view::npos,
             "only what is named matches");
    }
  }
  const std::string lower = absl::AsciiStrToLower(to_absl(accept_encoding));
  for (const std::string_view coding : {"br", "gzip", "identity"}) {
    const int weight = gateway::coding_weight(accept_encoding, coding);
    expect(weight >= 0 && weight <= 1'000, "a weight is 0 to 1000");
    expect(weight == gateway::coding_weight(lower, coding), "codings have no case");
  }
}

}  // namespace parley::fuzz
