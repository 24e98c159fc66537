// What a library makes of its settings: of good ones an instance, of others a refusal in words.
//
// The host hands over settings only where they fit the schema; a plugin that believed it blindly would be one wrong
// schema away from a crash, so it is tried with what does not fit too.
#include "conformance/calls.hpp"
#include "conformance/checks.hpp"
#include "conformance/instance.hpp"
#include "conformance/schema_fit.hpp"
#include "plugin/mapping.hpp"

#include <algorithm>

namespace jackfield::conformance {
namespace {

using nlohmann::json;

constexpr std::size_t cuts_most = 48, random_many = 64, random_most_bytes = 96;

/// Settings to try. `refused`: they must be.
struct Attempt {
  std::string what, bytes;
  bool refused = false;
};

void add_missing(const Subject& subject, std::vector<Attempt>& all) {
  all.push_back({"no settings at all (0 bytes)", "", false});
  all.push_back({"an empty map", packed(json::object()), false});
  const json required = subject.descriptor.settings.value("required", json::array());
  for (const auto& [name, value] : subject.settings.items()) {
    json left = subject.settings;
    left.erase(name);
    const bool must = std::find(required.begin(), required.end(), json(name)) != required.end();
    all.push_back({"settings without " + name, packed(left), must});
  }
}

void add_wrong(const Subject& subject, Specimen& specimen, std::vector<Attempt>& all) {
  for (const json& root : {json::array({1, 2}), json("text"), json(7), json(true)})
    all.push_back({"settings that are " + root.dump() + " and no map", packed(root), true});
  const json properties = subject.descriptor.settings.value("properties", json::object());
  for (const auto& [name, schema] : properties.items()) {
    const json wrong = specimen.wrong(schema);
    if (wrong.is_null() || misfit_of(wrong, schema).empty()) continue;
    json settings = subject.settings;
    settings[name] = wrong;
    all.push_back({"settings in which " + name + " is " + wrong.dump(), packed(settings), true});
  }
}

void add_random(const Subject& subject, Trial& trial, std::vector<Attempt>& all) {
  Specimen specimen(trial.random());
  const std::string good = packed(subject.settings);
  for (std::size_t i = 1; i < std::min(good.size(), cuts_most); ++i) {
    const std::size_t end = good.size() <= cuts_most ? i : 1 + trial.random()() % (good.size() - 1);
    all.push_back({"settings cut off after " + std::to_string(end) + " bytes", good.substr(0, end), true});
  }
  for (std::size_t i = 0; i < random_many; ++i) {
    std::string bytes(1 + trial.random()() % random_most_bytes, '\0');
    for (char& c : bytes) c = static_cast<char>(trial.random()());
    all.push_back({"random bytes for settings: " + shown(bytes), bytes, false});
    json settings = subject.settings;
    for (auto& value : settings)
      if (trial.random()() % 2 == 0) value = specimen.anything();
    all.push_back({"random settings: " + shown(packed(settings)), packed(settings), false});
  }
}

}  // namespace

Verdict check_instance(const Subject& subject, Trial& trial) {
  const plugin::Mapping library(subject.file);
  for (const char* which : {"the first", "another, after the first was destroyed,"}) {
    trial.doing(std::string("making an instance, ") + which + " of good settings");
    Instance instance(library.table(), subject, trial);
    const auto begun = std::chrono::steady_clock::now();
    const auto made = instance.make(instance.settings());
    if (made.status != JF_OK)
      return Verdict::fail("create() that refused " + std::string(which) + " of settings that fit its schema: " +
                               status_word(made.status) + ", \"" + made.text + "\"",
                           "an instance",
                           "give the settings it needs with --settings FILE (paths in it are relative to -c DIR, else to "
                           "FILE), or mend create()");
    if (std::chrono::steady_clock::now() - begun > subject.limit)
      return Verdict::fail("create() that took longer than " + std::to_string(subject.limit.count()) + " ms",
                           "one that validates and opens, and reaches for nothing outside", "connect at the first task");
    trial.doing("stopping and destroying an instance that was asked nothing");
    instance.stop();
    instance.destroy();
  }
  return Verdict::pass("an instance of " + std::to_string(subject.settings.size()) + " settings, and another after it");
}

Verdict check_settings(const Subject& subject, Trial& trial) {
  const plugin::Mapping library(subject.file);
  Specimen specimen(trial.random());
  std::vector<Attempt> all;
  add_missing(subject, all);
  add_wrong(subject, specimen, all);
  add_random(subject, trial, all);
  std::size_t refused = 0;
  for (const auto& attempt : all) {
    trial.doing("given " + attempt.what);
    Instance instance(library.table(), subject, trial);
    const auto made = instance.make(attempt.bytes);
    if (made.status == JF_OK) {
      if (attempt.refused)
        return Verdict::fail("create() that took " + attempt.what, "a refusal, as they do not fit its schema",
                             "read settings by their types, and refuse what does not fit");
      continue;
    }
    ++refused;
    if (made.text.empty())
      return Verdict::fail("a refusal (" + status_word(made.status) + ") of " + attempt.what + " without a word",
                           "a text in jf_error that says what was found and what was expected", "fill in error->text");
  }
  return Verdict::pass(std::to_string(all.size()) + " missing, wrong, cut off and random settings: " +
                       std::to_string(refused) + " refused in words, the rest harmless");
}

}  // namespace jackfield::conformance
