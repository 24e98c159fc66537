#include "oracle.hpp"

#include <jackfield/abi.h>

#include <algorithm>
#include <cstring>

namespace jackfield::simulation {
namespace {

using flow::Value;

Value decoded(const std::vector<std::uint8_t>& bytes) { return Value::from_msgpack(bytes, true, false); }

/// Where in tasks_: an effect is run, taken back and asked about.
std::string place_of(const About& about) {
  const char* word = about.role == Role::undo ? "undo " : about.role == Role::verify ? "verify " : "run ";
  return word + about.effect;
}

bool effectful(Role role) { return role != Role::pure; }

}  // namespace

std::vector<std::string> marks_in(const std::vector<std::uint8_t>& bytes) {
  std::vector<std::string> marks;
  const auto digit = [&](std::size_t at) { return bytes[at] >= '0' && bytes[at] <= '9'; };
  for (std::size_t at = 0; at + 8 <= bytes.size(); ++at) {
    if (std::strchr("teor", bytes[at]) == nullptr || bytes[at] == 0) continue;
    std::size_t digits = 0;
    while (digits < 7 && digit(at + 1 + digits)) ++digits;
    if (digits < 7) continue;
    marks.emplace_back(reinterpret_cast<const char*>(bytes.data()) + at, 8);
    at += 7;
  }
  return marks;
}

void Oracle::broken(const std::string& promise, const std::string& text) { throw Broken(promise, text); }

const Expected* Oracle::expected_of(const Instance& instance) const {
  const auto found = expected_.find(instance.version);
  return found == expected_.end() ? nullptr : &found->second;
}

// ---- at the lanes

void Oracle::given(const lane::Task& task) {
  const About about = world_.business().about(task);
  Instance& instance = at(task.instance);
  const std::string place = place_of(about);
  const auto found = tasks_.find(place);
  const Task* last = found == tasks_.end() ? nullptr : &found->second;
  check_input(task, instance);
  const Expected* expected = expected_of(instance);
  if (expected == nullptr || expected->durable) {
    check_intent(task, about, instance, last);
    check_repeat(task, about, instance, last);
    if (about.role == Role::undo) check_undo(task, about, instance, last == nullptr);
  }
  if (task.deadline_ms > clock_.now_ms + 3'600'000)
    broken("7 timers", "the deadline of " + task.key + " is an hour away");
  Task now;
  now.key = task.key;
  now.attempt = task.attempt;
  now.rows = tables_.journal.contains(task.instance) ? tables_.journal.at(task.instance).size() : 0;
  now.resumes = instance.resumes;
  tasks_[place] = std::move(now);
  flights_[task.token] = {place, task.instance, task.deadline_ms};
  // A pure step leaves before its intent is written, and may be forgotten again.
  if (effectful(about.role) && expected != nullptr && expected->committing.contains(task.step)) {
    instance.construction = true;
  }
}

void Oracle::check_input(const lane::Task& task, Instance& instance) {
  const Value input = decoded(task.input);
  const Value* own = &input;
  if (input.is_object() && input.contains("input") && input["input"].is_object()) own = &input["input"];
  if (!own->is_object() || !own->contains("v")) return;
  const int version = (*own)["v"].get<int>();
  if (instance.version == 0) instance.version = version;
  if (instance.version != version) {
    broken("10 definition", task.instance + " began on version " + std::to_string(instance.version) +
                                " of its flow, and " + task.step + " was given by version " + std::to_string(version));
  }
  const Expected* expected = expected_of(instance);
  if (expected == nullptr || own != &input) return;
  const auto join = expected->joins.find(own->value("at", ""));
  if (join == expected->joins.end()) return;
  int marks = 0;
  for (const auto& mark : own->value("after", Value::array())) marks += mark.is_string() ? 1 : 0;
  if (marks < join->second) {
    broken("9 order", task.key + " goes on behind a join after " + std::to_string(marks) + " of " +
                          std::to_string(join->second) + " branches");
  }
}

void Oracle::check_intent(const lane::Task& task, const About& about, Instance& instance, const Task* last) {
  if (!effectful(about.role)) return;
  if (!tables_.instances.contains(task.instance)) {
    broken("4 intent", task.key + " was given though its instance is not durable");
  }
  if (tables_.instances.at(task.instance).wake != store::Wake::busy) {
    broken("8 wake", task.key + " was given, and a crash now would leave nobody to give it again");
  }
  for (const auto& mark : marks_in(task.input)) {
    if (instance.marks.contains(mark)) continue;
    const auto event = events_.find(mark);
    if (event != events_.end() && used_.contains(mark)) continue;
    broken("4 intent", task.key + " was given because of " + mark + ", which is not durable");
  }
  if (last == nullptr) return;
  const std::size_t rows = tables_.journal.at(task.instance).size();
  const std::size_t least = last->refused_here && !last->refusal.empty() ? 2 : 1;
  if (rows < last->rows + least) {
    broken("4 intent", task.key + " was given again with " + std::to_string(rows - last->rows) +
                           " new durable rows of its instance; its next try takes " + std::to_string(least));
  }
}

void Oracle::check_repeat(const lane::Task& task, const About& about, Instance& instance, const Task* last) {
  const bool run = about.role != Role::undo && about.role != Role::verify;
  if (run) {
    const auto effect = world_.effects().find(about.effect);
    if (effect != world_.effects().end() && !effect->second.mark.empty() &&
        instance.marks.contains(effect->second.mark)) {
      broken("3 once", task.key + " was given again though its result " + effect->second.mark + " is durable");
    }
    if (tasks_.contains("undo " + about.effect)) broken("9 undo", task.key + " was given after it was taken back");
    const auto known = keys_.emplace(task.key, about.effect).first;
    if (effectful(about.role) && known->second != about.effect)
      broken("3 one key", task.key + " is the key of two effects");
  }
  if (last == nullptr) return;
  if (effectful(about.role) && last->key != task.key) {
    broken("3 one key", task.key + " is another try of what had the key " + last->key);
  }
  if (effectful(about.role) && task.attempt <= last->attempt) {
    broken("3 once", task.key + " was given again as attempt " + std::to_string(task.attempt));
  }
  const bool refused = !last->refusal.empty() && instance.marks.contains(last->refusal);
  const bool resumed = instance.resumes > last->resumes;
  if (refused && !resumed && clock_.now_ms < last->not_before_ms) {
    broken("7 timers", task.key + " was tried again " + std::to_string(last->not_before_ms - clock_.now_ms) +
                           " ms too early");
  }
  const Expected* expected = expected_of(instance);
  if (run && expected != nullptr && expected->verified.contains(task.step) && instance.marks.contains(last->unknown)) {
    const auto asked = tasks_.find("verify " + about.effect);
    if (asked == tasks_.end() || asked->second.attempt <= last->attempt) {
      broken("3 once", task.key + " was given again, and nobody was asked whether it had happened");
    }
  }
  if (!last->poison.empty() && instance.marks.contains(last->poison) && !resumed) {
    broken("11 contained", task.key + " was given again though its plugin died of it more than once");
  }
  if ((about.role == Role::once || about.role == Role::act) && !refused && !resumed) {
    const auto verified = tasks_.find("verify " + about.effect);
    const bool not_applied = verified != tasks_.end() && !verified->second.refusal.empty() &&
                             instance.marks.contains(verified->second.refusal);
    if (!not_applied) {
      broken("3 once", task.key + " may have happened, may not be repeated, and was given again");
    }
  }
}

void Oracle::check_undo(const lane::Task& task, const About& about, Instance& instance, bool first) {
  const auto effect = world_.effects().find(about.effect);
  if (!first) return;
  if (!instance.undoing.empty()) {
    const auto before = world_.effects().find(instance.undoing);
    if (before == world_.effects().end() || !before->second.undone) {
      broken("9 undo", task.key + " was given before " + instance.undoing + " was taken back");
    }
  }
  instance.undoing = about.effect;
  if (effect == world_.effects().end()) return;   // the host died before it left
  const auto done = instance.marks.find(effect->second.mark);
  if (done == instance.marks.end()) return;   // it failed, or nobody knows: its place is its failure's
  if (!instance.undone.empty() && done->second > instance.undone.back()) {
    broken("9 undo", effect->second.step + " is taken back after what was done before it");
  }
  instance.undone.push_back(done->second);
}

void Oracle::collected(const lane::Task& task, const lane::Answer& answer) {
  const auto flight = flights_.find(task.token);
  if (flight == flights_.end()) {   // a second answer, or one that came too late
    if (given_up_.contains(task.token) && answer.text.size() == 8) forbidden_.insert(answer.text);
    return;
  }
  input();
  Task& last = tasks_.at(flight->second.place);
  const About about = world_.business().about(task);
  flights_.erase(flight);
  last.refused_here = false;
  if (answer.status == JF_RETRY || answer.status == JF_BROKEN) {
    last.refusal = answer.text;
    last.refused_here = true;
    last.not_before_ms = clock_.now_ms + std::max<std::int64_t>(answer.retry_after_ms, retry_first_ms);
  } else if (answer.status == lane::parked) {   // nothing was tried; again when the plugin is back, or after a while
    last.refusal = answer.text;
    last.refused_here = true;
    last.not_before_ms = 0;
  } else if (answer.status == JF_UNKNOWN) {
    last.unknown = answer.text;
  } else if (answer.status == lane::poisoned) {
    last.poison = answer.text;
  } else if (about.role == Role::verify && answer.status == JF_OK) {
    const auto marks = marks_in(answer.output);
    const bool no = marks.size() == 2;   // {"applied": false, "no": …}
    if (no) last.refusal = marks[0][0] == 'r' ? marks[0] : marks[1];
  }
}

void Oracle::abandoned(std::uint64_t token) {
  const auto found = flights_.find(token);
  if (found == flights_.end()) return;
  const Flight flight = std::move(found->second);
  flights_.erase(found);
  given_up_.insert(token);
  const Task& last = tasks_.at(flight.place);
  if (clock_.now_ms < flight.deadline_ms) {
    broken("7 timers",
           last.key + " was given up " + std::to_string(flight.deadline_ms - clock_.now_ms) + " ms too early");
  }
  at(flight.instance).given_up_ms = clock_.now_ms;
}

void Oracle::input() {
  if (first_input_ms_ == 0) first_input_ms_ = clock_.now_ms;
}

}  // namespace jackfield::simulation
