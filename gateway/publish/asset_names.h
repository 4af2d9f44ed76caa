// Whether a site is whole in itself.
#pragma once

#include "absl/status/status.h"
#include "gateway/site/site_files.h"

namespace parley::gateway {

// Every `/assets/NAME` that a page, script or style sheet of the site names is one of its files. FAILED_PRECONDITION
// (SITE_INVALID) with the first one that is not: whoever loads that page would find it gone. A name is letters, digits
// and `._-/`; addresses of other hosts are left out.
absl::Status check_asset_names(const SiteFiles& files);

}  // namespace parley::gateway
