// Releases that are made, and the shelf from which a gateway serves them.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <utility>

#include "common/clock.h"
#include "common/logger.h"
#include "gateway/site/release_shelf.h"
#include "tests/unit/gateway/support/release_fixture.h"

namespace parley::test {

class ReleaseTest : public testing::Test, public ReleaseFolders {
 protected:
  // What is served after another look at the folder.
  std::shared_ptr<const gateway::Site> look() {
    if (std::shared_ptr<const gateway::Site> site = shelf.look()) seen = std::move(site);
    return seen;
  }

  SystemClock clock;
  std::ostringstream log;
  Logger logger{"test", LogLevel::kDebug, clock, log};
  gateway::ReleaseShelf shelf{releases, 3, logger};
  std::shared_ptr<const gateway::Site> seen;
};

}  // namespace parley::test
