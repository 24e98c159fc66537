// Plugin folders become a registry, or everything that is wrong with them.
#include "folder.hpp"

#include "plugin/loader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jackfield::plugin {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::string told(const Loaded& loaded) {
  std::string all;
  for (const auto& refusal : loaded.refusals) all += refusal.text() + "\n";
  for (const auto& finding : loaded.findings) all += finding.path + ": " + finding.message + "\n";
  return all;
}

struct Loader : testing::Test {
  Folder plugins, data;
  plugin::Setup setup{plugins.path(), {}, {}, std::nullopt, {data.path(), "config", "Asia/Shanghai", ""}};
};

TEST_F(Loader, MakesARegistryOfAGoodLibrary) {
  plugins.add("good", "good.so");
  const auto loaded = make_registry(setup);
  ASSERT_TRUE(loaded.registry) << told(loaded);
  const Plugin* const good = loaded.registry->find("good");
  ASSERT_NE(good, nullptr);
  EXPECT_EQ(good->descriptor.version, "1.2.3");
  EXPECT_EQ(good->file, plugins.file("good.so"));
  EXPECT_EQ(good->threads, 2);
  EXPECT_EQ(json::parse(good->settings_json), (json{{"limit", 5}, {"folder", data.path() + "/good"}}));
  ASSERT_NE(loaded.registry->step("good.echo"), nullptr);
  EXPECT_TRUE(loaded.registry->step("good.echo")->pure);
  EXPECT_EQ(loaded.registry->step("good.sing"), nullptr);
  EXPECT_EQ(loaded.registry->find("better"), nullptr);
}

TEST_F(Loader, TheLoadedTableWorks) {
  plugins.add("good", "good.so");
  const auto loaded = make_registry(setup);
  ASSERT_TRUE(loaded.registry) << told(loaded);
  static int answered;
  answered = 0;
  jf_host host{};
  host.size = sizeof host;
  host.complete = [](void*, std::uint64_t token, const jf_result* result) {
    answered += token == 9 && result->status == JF_OK ? 1 : 0;
  };
  const jf_plugin* const table = loaded.registry->find("good")->table;
  void* instance = nullptr;
  jf_error error{sizeof error, 0, {}};
  ASSERT_EQ(table->create(&host, {}, &instance, &error), JF_OK);
  jf_task task{};
  task.size = sizeof task;
  task.token = 9;
  const std::uint8_t empty_map = 0x80;
  task.input = {&empty_map, 1};
  const jf_task* const tasks[] = {&task};
  EXPECT_EQ(table->process(instance, tasks, 1), JF_OK);
  table->stop(instance);
  table->destroy(instance);
  EXPECT_EQ(answered, 1);
}

// The file in the plugin folder may be replaced, or cut off in place, while the host runs what it loaded.
TEST_F(Loader, KeepsACopyUnderItsHash) {
  plugins.add("good", "good.so");
  const auto loaded = make_registry(setup);
  ASSERT_TRUE(loaded.registry) << told(loaded);
  const Plugin& good = *loaded.registry->find("good");
  EXPECT_TRUE(std::filesystem::exists(data.file("plugins/" + good.hash + ".so")));
  plugins.write("good.so", "");
  EXPECT_EQ(good.table->descriptor.data[0], '{');
}

TEST_F(Loader, SettingsAreCheckedAtTheirPlace) {
  plugins.add("good", "good.so");
  setup.plugins["good"] = json{{"limit", 0}, {"limmit", 3}};
  const auto loaded = make_registry(setup);
  EXPECT_FALSE(loaded.registry);
  EXPECT_THAT(told(loaded), HasSubstr("/plugins/good/limit: expected integer, at least 1, found 0"));
  EXPECT_THAT(told(loaded), HasSubstr("/plugins/good/limmit: unknown key 'limmit' (did you mean 'limit'?)"));
}

TEST_F(Loader, WhatIsSoundIsThereToJudgeTheRestBy) {
  plugins.add("good", "good.so");
  setup.plugins["good"] = json{{"limit", 0}, {"folder", "here"}};
  const auto loaded = make_registry(setup);
  ASSERT_TRUE(loaded.sound);
  const auto* const good = loaded.sound->find("good");
  ASSERT_NE(good, nullptr);
  EXPECT_TRUE(good->whole);
  EXPECT_EQ(json::parse(good->settings_json), (json{{"limit", 5}, {"folder", "here"}})) << "the default, not what is wrong";
}

TEST_F(Loader, APluginInAFolderThatCannotBeReadIsNotMissed) {
  setup.plugin_path = plugins.file("gone");
  setup.plugins["credit"] = json::object();
  const auto loaded = make_registry(setup);
  EXPECT_TRUE(loaded.findings.empty()) << told(loaded);
  EXPECT_EQ(loaded.refusals.size(), 1U);
}

TEST_F(Loader, SettingsUnderTheWrongHeadingAreFound) {
  plugins.add("good", "good.so");
  setup.adapters["good"] = json::object();
  const auto loaded = make_registry(setup);
  EXPECT_FALSE(loaded.registry);
  EXPECT_THAT(told(loaded), HasSubstr("/adapters/good: 'good' is a plugin: its settings belong under plugins"));
}

TEST_F(Loader, SettingsOfNoPluginAreFound) {
  plugins.add("good", "good.so");
  setup.plugins["goods"] = json::object();
  const auto loaded = make_registry(setup);
  EXPECT_FALSE(loaded.registry);
  EXPECT_THAT(told(loaded), HasSubstr("/plugins/goods: no library is plugin 'goods' (did you mean 'good'?)"));
}

TEST_F(Loader, TwoLibrariesOfOneIdAreRefused) {
  plugins.add("good", "good.so");
  plugins.add("good", "twin.so");
  const auto loaded = make_registry(setup);
  EXPECT_FALSE(loaded.registry);
  EXPECT_THAT(told(loaded), HasSubstr(plugins.file("twin.so") + ": found plugin 'good', which " +
                                      plugins.file("good.so") + " is too"));
}

TEST_F(Loader, OneFolderNamedTwiceIsOneFolder) {
  plugins.add("good", "good.so");
  setup.plugin_path = plugins.path() + ":" + plugins.path() + "/.";
  const auto loaded = make_registry(setup);
  EXPECT_TRUE(loaded.registry) << told(loaded);
}

TEST_F(Loader, ABrokenLibraryNobodyNeedsIsPassedOver) {
  plugins.add("good", "good.so");
  plugins.write("notes.so", "not a library");
  setup.needed = std::set<std::string>{"good"};
  const auto loaded = make_registry(setup);
  EXPECT_TRUE(loaded.registry) << told(loaded);
}

TEST_F(Loader, ABrokenLibraryThatIsNeededIsRefusedByItsFile) {
  plugins.write("credit.so", "not a library");
  setup.needed = std::set<std::string>{"credit"};
  const auto loaded = make_registry(setup);
  EXPECT_FALSE(loaded.registry);
  EXPECT_THAT(told(loaded), HasSubstr(plugins.file("credit.so") + ": found a file of 13 bytes"));
}

TEST_F(Loader, ANeededPluginThatIsNowhereIsRefused) {
  setup.needed = std::set<std::string>{"credit"};
  const auto loaded = make_registry(setup);
  EXPECT_FALSE(loaded.registry);
  EXPECT_THAT(told(loaded), HasSubstr("found no library that is plugin 'credit'; expected credit.so"));
}

TEST_F(Loader, AFolderThatIsNotThereIsRefused) {
  setup.plugin_path = plugins.file("gone");
  const auto loaded = make_registry(setup);
  EXPECT_FALSE(loaded.registry);
  EXPECT_THAT(told(loaded), HasSubstr(plugins.file("gone") + ": found no readable folder"));
}

TEST_F(Loader, ListsGoodAndBrokenLibrariesWithoutRunningThem) {
  plugins.add("good", "good.so");
  plugins.add("crashes", "crashes.so");
  plugins.write("notes.so", "not a library");
  const auto all = list(plugins.path());
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].file, plugins.file("crashes.so"));
  EXPECT_EQ(all[0].id, "good");
  EXPECT_EQ(all[1].id, "good");
  EXPECT_EQ(all[1].abi, "1.0");
  EXPECT_TRUE(all[2].refusal.has_value());
}

TEST_F(Loader, DescribesOneFile) {
  const auto described = describe(plugins.add("good", "anything.so"));
  ASSERT_TRUE(std::holds_alternative<Descriptor>(described));
  EXPECT_EQ(std::get<Descriptor>(described).id, "good");
}

}  // namespace
}  // namespace jackfield::plugin
