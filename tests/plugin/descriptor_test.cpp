// A descriptor is typed once; what does not fit is named by its place.
#include "plugin/descriptor.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace jackfield::plugin {
namespace {

using nlohmann::json;

json whole() {
  return {{"id", "limit"},
          {"version", "1.0.0"},
          {"kind", "adapter"},
          {"summary", "Refuses orders above a limit"},
          {"capabilities", {"reentrant", "blocking", "batch"}},
          {"settings", json::object()},
          {"steps",
           {{{"id", "limit.check"},
             {"summary", "Checks"},
             {"capabilities", {"pure", "idempotent", "irreversible"}},
             {"input", json::object()},
             {"output", json::object()}}}}};
}

std::string refused(const json& descriptor) {
  try {
    (void)Descriptor::parse(descriptor.dump());
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

TEST(Descriptor, ReadsAllItsMembersAndWritesThemBack) {
  const auto descriptor = Descriptor::parse(whole().dump());
  EXPECT_EQ(descriptor.id, "limit");
  EXPECT_EQ(descriptor.kind, "adapter");
  EXPECT_TRUE(descriptor.reentrant && descriptor.blocking && descriptor.batch);
  ASSERT_EQ(descriptor.steps.size(), 1u);
  EXPECT_TRUE(descriptor.steps[0].pure && descriptor.steps[0].idempotent && descriptor.steps[0].irreversible);
  EXPECT_EQ(descriptor.to_json(), whole());
}

TEST(Descriptor, TakesACapabilityOfALaterMinor) {
  auto later = whole();
  later["capabilities"].push_back("levitating");
  EXPECT_EQ(refused(later), "");
}

TEST(Descriptor, NamesThePlaceOfWhatDoesNotFit) {
  auto broken = whole();
  broken["steps"][0]["id"] = 7;
  EXPECT_EQ(refused(broken), "steps[0].id: expected text, found a number");
  broken = whole();
  broken["steps"][0]["id"] = "other.check";
  EXPECT_EQ(refused(broken), "steps[0].id: expected \"limit.<word>\", found \"other.check\"");
  broken = whole();
  broken["steps"].push_back(broken["steps"][0]);
  EXPECT_EQ(refused(broken), "steps[1].id: expected an id of its own, found \"limit.check\" a second time");
  broken = whole();
  broken["kind"] = "driver";
  EXPECT_EQ(refused(broken), "kind: expected \"plugin\" or \"adapter\", found \"driver\"");
  broken = whole();
  broken.erase("settings");
  EXPECT_EQ(refused(broken), "settings: expected a member, found none");
  broken = whole();
  broken["steps"] = json::array();
  EXPECT_EQ(refused(broken), "steps: expected a list of at least one step, found a list");
}

}  // namespace
}  // namespace jackfield::plugin
