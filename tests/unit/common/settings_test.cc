#include "common/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace parley {
namespace {

using Arguments = std::vector<std::string>;
using testing::ElementsAre;
using testing::HasSubstr;

absl::StatusOr<Config> load(const Arguments& arguments, const Config::Environment& environment = {}) {
  return Config::load(Program::kBackend, arguments, environment);
}

TEST(SettingsTest, EveryDefaultIsValidForItsProgram) {
  EXPECT_TRUE(Config::load(Program::kBackend, Arguments(), {}).ok());
  EXPECT_TRUE(Config::load(Program::kGateway, Arguments(), {}).ok());
  EXPECT_TRUE(Config::load(Program::kPublish, Arguments(), {}).ok());
}

TEST(SettingsTest, KeysAreUniqueAProgramAndExplained) {
  std::set<std::pair<Program, std::string_view>> seen;
  for (const Setting& setting : settings()) {
    EXPECT_TRUE(seen.emplace(setting.program, setting.key).second) << setting.key;
    EXPECT_FALSE(setting.meaning.empty()) << setting.key;
    if (setting.type != SettingType::kInteger) continue;
    EXPECT_LT(setting.least, setting.most) << setting.key;
  }
}

TEST(SettingsTest, TheCommandLineWinsOverTheEnvironmentOverTheDefault) {
  EXPECT_EQ(load({})->integer("grpc_port"), 50'051);
  EXPECT_EQ(load({}, {{"PARLEY_GRPC_PORT", "7"}})->integer("grpc_port"), 7);
  EXPECT_EQ(load({"--grpc_port=8"}, {{"PARLEY_GRPC_PORT", "7"}})->integer("grpc_port"), 8);
  EXPECT_EQ(load({"--grpc_port", "9"})->integer("grpc_port"), 9);
  EXPECT_EQ(load({"--lease_ms=2000"})->milliseconds("lease_ms"), std::chrono::seconds(2));
}

TEST(SettingsTest, DatabaseUrlIsUnderstoodAsOthersNameIt) {
  EXPECT_EQ(load({}, {{"DATABASE_URL", "postgresql://x"}})->text("database_url"), "postgresql://x");
  EXPECT_EQ(load({"--database_url=a=b"}, {{"DATABASE_URL", "y"}})->text("database_url"), "a=b");
}

TEST(SettingsTest, MistakesAreNamed) {
  const std::pair<Arguments, const char*> cases[] = {
      {{"--grpc_port=x"}, "grpc_port"},     {{"--grpc_port=70000"}, "0 to 65535"},
      {{"--grpc_port="}, "grpc_port"},      {{"--no_such_thing=1"}, "no_such_thing"},
      {{"grpc_port=1"}, "unexpected"},      {{"--grpc_port"}, "needs a value"},
      {{"--allowed_origins=x"}, "unknown"},
  };
  for (const auto& [arguments, part] : cases) {
    const auto config = load(arguments);
    ASSERT_FALSE(config.ok()) << arguments.front();
    EXPECT_THAT(std::string(config.status().message()), HasSubstr(part));
  }
}

TEST(SettingsTest, ListsAreSplitAtCommas) {
  const auto config = Config::load(Program::kGateway, Arguments{"--backends=a:1,,b:2"}, {});
  EXPECT_THAT(config->list("backends"), ElementsAre("a:1", "b:2"));
}

TEST(SettingsTest, HelpNamesEverySettingOfTheProgram) {
  const std::string help = settings_help(Program::kBackend);
  EXPECT_THAT(help, HasSubstr("--database_workers"));
  EXPECT_EQ(help.find("--allowed_origins"), std::string::npos);
}

TEST(SettingsDeathTest, AKeyThatIsNotInTheTableIsAProgrammingError) {
  const auto config = load({});
  EXPECT_DEATH(config->integer("no_such_thing"), "");
  EXPECT_DEATH(config->text("grpc_port"), "");
}

}  // namespace
}  // namespace parley
