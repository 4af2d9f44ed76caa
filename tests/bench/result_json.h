// What a run came to, as JSON: times in milliseconds (`_ms`) or seconds (`_s`).
#pragma once

#include <boost/json/object.hpp>

#include "tests/bench/load.h"

namespace parley::bench {

boost::json::object to_json(const LoadResult& result);

}  // namespace parley::bench
