#pragma once

#include <string>
#include <string_view>

namespace parley::gateway {

// The sources that a Content-Security-Policy needs for the scripts within `html`: ` 'sha256-…'` for each element that
// is written `<script>`, without attributes (CSP Level 3, section 2.3.1). Everything else within a page may not run.
std::string inline_script_sources(std::string_view html);

}  // namespace parley::gateway
