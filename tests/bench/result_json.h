// What a run came to, as JSON: times in milliseconds (`_ms`) or seconds (`_s`).
#pragma once

#include <boost/json/object.hpp>

#include "tests/bench/load.h"
#include "tests/bench/storm.h"

namespace parley::bench {

boost::json::object to_json(const LoadResult& result);
boost::json::object to_json(const StormResult& result);
// How the crowd came to be.
boost::json::object joining_to_json(Crowd& crowd);

}  // namespace parley::bench
