#include "flow_maker.hpp"

#include "random.hpp"

#include <stdexcept>

namespace jackfield::simulation {
namespace {

using Marks = std::vector<std::string>;  // expressions that give marks

class Maker {
 public:
  Maker(std::string name, std::uint64_t seed, int version) : random_(seed), name_(std::move(name)), version_(version) {}

  MadeFlow make() {
    Expected& expected = made_.expected;
    expected.durable = !random_.chance(4);
    expected.shared_correlation = random_.chance(25);
    std::string text = "flow: " + name_ + "\nkey: order.nonce\n";
    if (!expected.durable) text += "durability: none\n";
    Marks marks{"order.nonce"};
    if (random_.chance(40)) {
      text += "cancel_until: construction\nacceptance:\n";
      text += list(1, 2 + random_.below(3), marks, true, 2);
      committing_ = true;
      text += "construction:\n" + list(1, 1 + random_.below(3), marks, true, 1);
      committing_ = false;
    } else {
      text += "steps:\n" + list(1, 2 + random_.below(5), marks, true, 2);
    }
    text += "result: {last: " + marks.front() + "}\n";
    if (random_.chance(50)) text += finals();
    made_.files.insert(made_.files.begin(), {"flows/" + name_ + ".yaml", text});
    return std::move(made_);
  }

 private:
  std::string id() { return "n" + std::to_string(++last_id_); }
  static std::string pad(int depth) { return std::string(static_cast<std::size_t>(depth) * 2, ' '); }

  std::string with(const std::string& at, const Marks& marks, const std::string& more = {}) const {
    std::string after;
    for (const auto& mark : marks) after += (after.empty() ? "" : ", ") + mark;
    return "{v: " + std::to_string(version_) + ", at: \"'" + at + "'\", after: [" + after + "], err: error.text" +
           more + "}";
  }

  /// A list of nodes. `marks` are those of what comes before, and then of its last. `certain`: an order that completes
  /// has passed all of them.
  std::string list(int depth, std::uint64_t count, Marks& marks, bool certain, int nesting) {
    std::string text;
    std::string last_step;
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto roll = random_.below(100);
      if (nesting > 0 && roll < 8) text += choice(depth, marks, nesting);
      else if (nesting > 0 && roll < 20) text += parallel(depth, marks, certain, nesting);
      else if (nesting > 0 && roll < 27 && !in_each_) text += each(depth, marks, nesting);
      else if (nesting > 0 && roll < 33 && !in_sub_ && !in_each_) text += sub_flow(depth, marks, nesting);
      else if (roll < 45 && made_.expected.durable && !in_each_) text += await(depth, marks);
      else if (roll < 53) text += notice(depth, marks, certain);
      else if (roll < 55) text += pad(depth) + "- " + ending() + "\n" + pad(depth) + "  when: order.stop == " +
                                  std::to_string(random_.below(6)) + "\n";
      else text += step(depth, marks, certain, last_step);
    }
    if (text.empty() || last_step.empty()) text += step(depth, marks, certain, last_step);
    return text;
  }

  std::string ending() {
    switch (random_.below(3)) {
      case 0: return "reject: STOPPED";
      case 1: return "fail: STOPPED";
      default: return "hold: LOOK";
    }
  }

  std::string step(int depth, Marks& marks, bool certain, std::string& last_step) {
    static constexpr const char* kinds[] = {"pure", "idem", "idem", "act", "act", "act", "once"};
    const std::string kind = kinds[random_.below(7)];
    const std::string at = id();
    const std::string s = "s" + at.substr(1);
    const std::string in = pad(depth) + "  ";
    std::string text = pad(depth) + "- " + at + ": " + kind + "." + s + "\n";
    const bool maybe = random_.chance(15);
    if (maybe) text += in + "when: order.b" + std::to_string(random_.below(3)) + "\n";
    text += in + "with: " + with(at, marks, in_each_ ? ", item: it" : "") + "\n";
    if (kind == "act" || (kind == "idem" && random_.chance(50))) text += in + "undo: undo." + s + "\n";
    if (kind == "once" && random_.chance(60)) {
      text += in + "verify: verify." + s + "\n";
      made_.expected.verified.insert(kind + "." + s);
    }
    if (random_.chance(25)) text += in + "retry: {attempts: " + std::to_string(1 + random_.below(4)) + ", first: " +
                                    std::to_string(retry_first_ms + static_cast<std::int64_t>(random_.below(3)) * 200) +
                                    "ms, most: 2s}\n";
    if (random_.chance(20)) text += in + "timeout: " + std::to_string(1 + random_.below(4)) + "s\n";
    const bool edge = random_.chance(20) && !after_late_;
    // A time limit leads on, never back: what the two ways round are given would be the same.
    const bool late = edge && random_.chance(30);
    if (late) text += in + "on: {TIMEOUT: n" + std::to_string(last_id_ + 1) + "}\n";
    else if (edge) text += in + "on: {E1: " + (last_step.empty() || random_.chance(30) ? at : last_step) + "}\n";
    last_step = at;
    if (committing_ && !maybe) made_.expected.committing.insert(kind + "." + s);
    if (certain && !maybe && !edge && !in_sub_) made_.expected.steps.push_back(kind + "." + s);
    if (maybe) marks.push_back(at + ".tick");
    else marks = {at + ".tick"};
    sure_ = !maybe && !edge;
    if (late) {
      after_late_ = true;
      text += step(depth, marks, certain, last_step);
      after_late_ = false;
    }
    return text;
  }

  std::string notice(int depth, const Marks& marks, bool certain) {
    const std::string at = id();
    const std::string step = "far.s" + at.substr(1);
    if (certain && !in_sub_) made_.expected.notices.push_back(step);
    return pad(depth) + "- " + at + ": " + step + "\n" + pad(depth) + "  with: " +
           with(at, marks, in_each_ ? ", item: it" : "") + "\n" + pad(depth) + "  detach: true\n";
  }

  std::string await(int depth, Marks& marks) {
    const std::string at = id();
    const std::string event = "ev" + std::to_string(random_.below(2));
    const std::string in = pad(depth) + "  ";
    made_.expected.events.insert(event);
    std::string text = pad(depth) + "- await: " + event + "\n" + in + "id: " + at + "\n";
    if (made_.expected.shared_correlation) text += in + "correlation: order.corr\n";
    if (random_.chance(60)) {
      text += in + "within: " + std::to_string(await_limit_ms / 1000) + "s\n";
      static constexpr const char* words[] = {"cancelled", "held", "failed"};
      if (random_.chance(80)) text += in + "on_timeout: " + words[random_.below(3)] + "\n";
    }
    if (random_.chance(20)) text += in + "offers: {choice: order.nonce}\n";
    marks = {at + ".tick"};
    sure_ = true;
    return text;
  }

  std::string choice(int depth, Marks& marks, int nesting) {
    const std::string in = pad(depth) + "    ";
    std::string text = pad(depth) + "- switch:\n";
    Marks all = marks;
    for (std::uint64_t i = 0; i < 1 + random_.below(2); ++i) {
      Marks mine = marks;
      text += in + "- when: order.n == " + std::to_string(i) + "\n" + in + "  do:\n" +
              list(depth + 4, 1 + random_.below(2), mine, false, nesting - 1);
      all.insert(all.end(), mine.begin(), mine.end());
    }
    if (random_.chance(50)) {
      Marks mine = marks;
      text += in + "- else:\n" + list(depth + 4, 1, mine, false, nesting - 1);
      all.insert(all.end(), mine.begin(), mine.end());
    }
    marks = all;
    return text;
  }

  std::string parallel(int depth, Marks& marks, bool certain, int nesting) {
    std::string text = pad(depth) + "- parallel:\n";
    Marks all;
    int needed = 0;
    for (std::uint64_t i = 0; i < 2 + random_.below(2); ++i) {
      Marks mine = marks;
      sure_ = false;
      std::string body = list(depth + 3, 1 + random_.below(2), mine, certain, nesting - 1);
      body.replace(static_cast<std::size_t>(depth + 2) * 2, 2, "- ");  // a list within the list: "- - n1: …"
      text += body;
      if (sure_ && mine.size() == 1) ++needed;
      all.insert(all.end(), mine.begin(), mine.end());
    }
    marks = all;
    std::string unused;
    const std::string at = "n" + std::to_string(last_id_ + 1);
    text += step(depth, marks, false, unused);
    made_.expected.joins[at] = needed;
    return text;
  }

  std::string each(int depth, Marks& marks, int nesting) {
    in_each_ = true;
    Marks mine = marks;
    const std::string in = pad(depth) + "  ";
    std::string text = pad(depth) + "- each: order.items\n" + in + "id: " + id() + "\n" + in + "as: it\n" + in +
                       "do:\n" + list(depth + 2, 1 + random_.below(2), mine, false, nesting - 1);
    in_each_ = false;
    return text;
  }

  std::string sub_flow(int depth, Marks& marks, int nesting) {
    const std::string at = id();
    const std::string sub = name_ + "-" + at;
    std::string inputs;
    for (std::size_t i = 0; i < marks.size(); ++i)
      inputs += (i == 0 ? "" : ", ") + std::string("m") + std::to_string(i) + ": " + marks[i];
    Marks mine;
    for (std::size_t i = 0; i < marks.size(); ++i) mine.push_back("input.m" + std::to_string(i));
    in_sub_ = true;
    const std::string body = list(1, 1 + random_.below(3), mine, false, nesting - 1);
    in_sub_ = false;
    made_.files.emplace_back("flows/" + sub + ".yaml",
                             "flow: " + sub + "\nsteps:\n" + body + "result: {tick: " + mine.front() + "}\n");
    std::string text = pad(depth) + "- sub-flow: " + sub + "\n" + pad(depth) + "  id: " + at + "\n" + pad(depth) +
                       "  with: {" + inputs + "}\n";
    marks = {at + ".tick"};
    return text;
  }

  std::string finals() {
    std::string text = "finally:\n";
    for (std::uint64_t i = 0; i < 1 + random_.below(2); ++i) {
      const std::string at = id();
      made_.expected.finals.push_back("far.s" + at.substr(1));
      text += "  - " + at + ": far.s" + at.substr(1) + "\n    with: " + with(at, {"order.nonce"}) + "\n";
    }
    return text;
  }

  Random random_;
  std::string name_;
  int version_;
  MadeFlow made_;
  int last_id_ = 0;
  bool in_each_ = false, in_sub_ = false, committing_ = false, sure_ = false, after_late_ = false;
};

}  // namespace

MadeFlow make_flow(const std::string& name, std::uint64_t seed, int version) {
  return Maker(name, seed, version).make();
}

std::optional<flow::StepFacts> Steps::find(const std::string& step) const {
  flow::StepFacts facts;
  facts.pure = step.starts_with("pure.");
  facts.idempotent = !step.starts_with("once.") && !step.starts_with("act.") && !facts.pure;
  facts.irreversible = step.starts_with("once.");
  facts.retry = {3, flow::Millis{retry_first_ms}, flow::Millis{2000}};
  facts.timeout = flow::Millis{5000};
  facts.give_up = flow::Millis{give_up_ms};
  return facts;
}

std::shared_ptr<const Ready> ready_flow(const std::string& name, std::uint64_t seed, int version) {
  static std::map<std::tuple<std::string, std::uint64_t, int>, std::shared_ptr<const Ready>> kept;
  auto& ready = kept[{name, seed, version}];
  if (ready) return ready;
  const MadeFlow made = make_flow(name, seed, version);
  flow::Sources sources;
  for (const auto& [file, text] : made.files) sources.flows[file] = text;
  sources.read = [](const std::string&) { return std::nullopt; };
  auto compiled =
      flow::compile_all(sources, Steps{}, [](const std::string&, const std::string&) { return std::nullopt; });
  if (compiled.refused() || !compiled.graphs.contains(name)) {
    std::string text = "the maker made a flow that is refused (seed " + std::to_string(seed) + "):\n";
    for (const auto& finding : compiled.findings) text += flow::format(finding) + "\n";
    for (const auto& [file, body] : made.files) text += "# " + file + "\n" + body;
    throw std::logic_error(text);
  }
  ready = std::make_shared<Ready>(Ready{std::move(compiled.graphs.at(name)), made.expected});
  return ready;
}

}  // namespace jackfield::simulation
