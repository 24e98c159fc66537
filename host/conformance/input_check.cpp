// Input that fits no schema: cut off, random, of other types, deep, of sizes that lie. It is answered like any other.
#include "conformance/calls.hpp"
#include "conformance/checks.hpp"
#include "conformance/instance.hpp"
#include "plugin/mapping.hpp"

#include <algorithm>

namespace jackfield::conformance {
namespace {

using nlohmann::json;

constexpr std::size_t cuts_most = 48, random_many = 64, wrong_many = 24, random_most_bytes = 128, deep = 20'000;

struct Input {
  std::string what, step, bytes;
  bool cut = false;
};

void add_cuts(const std::string& step, const std::string& good, std::mt19937_64& random, std::vector<Input>& all) {
  for (std::size_t i = 1; i < std::min(good.size(), cuts_most); ++i) {
    const std::size_t end = good.size() <= cuts_most ? i : 1 + random() % (good.size() - 1);
    all.push_back({"input cut off after " + std::to_string(end) + " of " + std::to_string(good.size()) + " bytes", step,
                   good.substr(0, end), true});
  }
}

void add_random(const std::string& step, const std::string& good, std::mt19937_64& random, std::vector<Input>& all) {
  for (std::size_t i = 0; i < random_many; ++i) {
    std::string bytes(1 + random() % random_most_bytes, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    all.push_back({"random input", step, bytes});
    std::string changed = good;
    for (std::size_t j = 1 + random() % 3; j > 0; --j) changed[random() % changed.size()] = static_cast<char>(random());
    all.push_back({"input with bytes changed", step, changed});
  }
}

void add_wrong(const plugin::StepDescriptor& step, const json& good, Specimen& specimen, std::mt19937_64& random,
               std::vector<Input>& all) {
  for (std::size_t i = 0; i < wrong_many; ++i) {
    json value = good;
    for (auto& member : value)
      if (random() % 3 == 0) member = specimen.anything();
    all.push_back({"input with members of other types", step.id, packed(value)});
  }
  for (const json& root : {json(), json::array(), json("text"), json(7), json(true), json(1.5), json::object()})
    all.push_back({"input that is " + root.dump(), step.id, packed(root)});
}

void add_traps(const std::string& step, std::vector<Input>& all) {
  using namespace std::string_literals;
  all.push_back({"no input (0 bytes)", step, ""});
  std::string nested(deep, '\x91');
  nested.back() = '\xc0';
  all.push_back({"lists in lists, 20000 deep", step, std::move(nested)});
  all.push_back({"a map that says it has 4294967295 members", step, "\xdf\xff\xff\xff\xff"s, true});
  all.push_back({"a list that says it has 4294967295 members", step, "\xdd\xff\xff\xff\xff"s, true});
  all.push_back({"a text that says it has 4294967295 bytes", step, "\x81\xdb\xff\xff\xff\xff"s, true});
  all.push_back({"a member twice, under a name that is no UTF-8", step, "\x82\xa2\xff\xfe\xc0\xa2\xff\xfe\xc3"s});
  all.push_back({"keys that are numbers", step, "\x82\x01\x02\x03\x04"s});
}

std::vector<Input> inputs(const Subject& subject, std::mt19937_64& random) {
  std::vector<Input> all;
  Specimen specimen(random);
  for (const auto& step : subject.descriptor.steps) {
    json good = specimen.of(step.input);
    if (!good.is_object()) good = json::object();
    const std::string bytes = packed(good);
    add_cuts(step.id, bytes, random, all);
    add_random(step.id, bytes, random, all);
    add_wrong(step, good, specimen, random, all);
    add_traps(step.id, all);
  }
  for (const char* unknown : {"", "nobody.knows", "\xff\xfe"})
    all.push_back({"a step nobody has", unknown, packed(json::object())});
  return all;
}

}  // namespace

Verdict check_input(const Subject& subject, Trial& trial) {
  const plugin::Mapping library(subject.file);
  Instance instance(library.table(), subject, trial);
  instance.make();
  const auto all = inputs(subject, trial.random());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Input& input = all[i];
    const std::string what = "step \"" + input.step + "\" was given " + input.what + ": " + shown(input.bytes);
    trial.doing("at this: " + what);
    Call call;
    call.step = input.step;
    call.input = input.bytes;
    call.key = "check-" + std::to_string(i) + "/input";
    const auto tasks = instance.begin({&call, 1});
    if (!instance.witness().wait(tasks, subject.limit))
      return Verdict::fail(what + ", and did not answer", "an answer to every task, FAIL where its input does not fit",
                           "answer before anything of the input is used");
    const Answer answer = instance.witness().answer(*tasks.front());
    if (input.cut && answer.status == JF_OK)
      return Verdict::fail(what + ", and answered OK", "FAIL, as the input is not whole",
                           "read the whole message before anything of it is used");
    instance.witness().forget();
  }
  return Verdict::pass(std::to_string(all.size()) + " inputs cut off, random, of wrong types and sizes: each answered");
}

}  // namespace jackfield::conformance
