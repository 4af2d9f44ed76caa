// A built site and a folder of releases, both of the test's own.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gateway/publish/publisher.h"
#include "gateway/site/release_folder.h"
#include "tests/support/temporary_folder.h"

namespace parley::test {

class ReleaseFolders {
 public:
  ReleaseFolders() { std::filesystem::create_directory(releases); }

  // A site whose page says that it is of that version and names an asset of its own.
  void build(const std::string& version) const {
    std::filesystem::remove_all(site);
    write(site / "index.html", page(version));
    write(site / "index.html.gz", "gzip " + version);
    write(site / ("assets/app." + version + ".js"), "script " + version);
    write(site / "favicon.svg", "<svg/>");
  }
  static std::string page(const std::string& version) {
    return "<!doctype html><meta name=\"version\" content=\"" + version + "\"><script src=\"/assets/app." + version +
           ".js\"></script>" + std::string(200, ' ');
  }
  // Builds and publishes it. The release's id.
  std::string publish(const std::string& version, std::size_t kept = 5) const {
    build(version);
    absl::StatusOr<gateway::Publisher> publisher = open(kept);
    EXPECT_TRUE(publisher.ok()) << publisher.status();
    const absl::StatusOr<std::string> id = publisher->publish(site);
    EXPECT_TRUE(id.ok()) << id.status();
    return id.value_or("");
  }
  absl::StatusOr<gateway::Publisher> open(std::size_t kept = 5) const {
    return gateway::Publisher::open(
        {releases, kept, [] {}, [this](const std::string& note) { notes.push_back(note); }});
  }
  std::string current() const { return gateway::current_release(releases).value_or("?"); }
  std::filesystem::path file(const std::string& id, const std::string& name) const {
    return releases / id / "site" / name;
  }
  // Switches by hand, as no publisher would.
  void switch_to(const std::string& target) const {
    std::filesystem::remove(releases / ".link");
    std::filesystem::create_symlink(target, releases / ".link");
    std::filesystem::rename(releases / ".link", releases / "current");
  }

  static void write(const std::filesystem::path& path, const std::string& text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }

  const TemporaryFolder folder;
  const std::filesystem::path root = folder.path();
  const std::filesystem::path site = root / "site";
  const std::filesystem::path releases = root / "releases";
  mutable std::vector<std::string> notes;  // what publishers have told
};

}  // namespace parley::test
