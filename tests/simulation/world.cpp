#include "world.hpp"

#include <jackfield/abi.h>

#include <cstdio>

namespace jackfield::simulation {
namespace {

constexpr int refusals_most = 4;

flow::Value read(const lane::Bytes& bytes) { return flow::Value::from_msgpack(bytes, true, false); }

}  // namespace

About MadeBusiness::about(const lane::Task& task) const {
  const std::string kind = task.step.substr(0, task.step.find('.'));
  const std::string rest = task.step.substr(task.step.find('.'));
  const flow::Value input = read(task.input);
  const std::string place = task.instance + "|" + rest + "|";
  if (kind == "undo") return {Role::undo, place + input.value("input", flow::Value()).dump()};
  const std::string effect = place + input.dump();
  if (kind == "verify") return {Role::verify, effect};
  if (kind == "pure") return {Role::pure, effect};
  if (kind == "act") return {Role::act, effect};
  if (kind == "once") return {Role::once, effect};
  if (kind == "far") return {Role::far, effect};
  return {Role::idem, effect};
}

bool MadeBusiness::undoable(const lane::Task& task) const {
  return undoable_.contains(task.step + "@" + std::to_string(read(task.input).value("v", 0)));
}

std::string World::mark(char kind) {
  char text[16];
  std::snprintf(text, sizeof text, "%c%07u", kind, ++last_mark_);
  return text;
}

void World::apply(Effect& effect, const lane::Task& task) {
  effect.applied = true;
  effect.key = task.key;
  ++effect.times;
  if (effect.mark.empty()) effect.mark = mark('t');
}

lane::Answer World::said(const lane::Task& task, std::int32_t status, std::string code) {
  lane::Answer answer;
  answer.token = task.token;
  answer.status = status;
  answer.code = std::move(code);
  answer.text = mark('r');
  answer.took_us = static_cast<std::int64_t>(random_.below(5000));
  return answer;
}

lane::Answer World::ok(const lane::Task& task, const std::string& its_mark, flow::Value output) {
  lane::Answer answer;
  answer.token = task.token;
  answer.status = JF_OK;
  output["tick"] = its_mark;
  answer.output = flow::Value::to_msgpack(output);
  answer.took_us = static_cast<std::int64_t>(random_.below(5000));
  return answer;
}

lane::Answer World::perform(const lane::Task& task) {
  const About about = business_.about(task);
  Effect& effect = effects_[about.effect];
  if (effect.instance.empty()) effect.instance = task.instance;
  if (about.role == Role::undo) return undo(task, effect);
  if (about.role == Role::verify) return verify(task, effect);
  effect.step = task.step;
  effect.role = about.role;
  effect.undoable = business_.undoable(task);
  return run(task, about, effect);
}

lane::Answer World::die_in(const lane::Task& task) {
  const bool was_calm = std::exchange(calm, true);
  if (random_.chance(50)) (void)perform(task);
  calm = was_calm;
  const bool again = random_.chance(25);   // it was in flight at an earlier death, too
  return said(task, again ? lane::poisoned : JF_UNKNOWN, again ? "POISONED" : "PLUGIN_DIED");
}

lane::Answer World::away(const lane::Task& task) {
  lane::Answer answer = said(task, lane::parked, "PLUGIN_AWAY");
  answer.retry_after_ms = static_cast<std::uint32_t>(random_.between(200, 8'000));
  return answer;
}

lane::Answer World::undo(const lane::Task& task, Effect& effect) {
  if (!calm && !effect.undone) {
    if (random_.permille(odds.retry)) return said(task, JF_RETRY, "BUSY");
    if (random_.permille(odds.fail)) return said(task, random_.chance(70) ? JF_FAIL : JF_NOT_DONE, "NO_UNDO");
    if (random_.permille(odds.reject)) return said(task, JF_REJECT, "NO_UNDO");
  }
  effect.undone = true;
  if (!calm && random_.permille(odds.unknown)) return said(task, JF_UNKNOWN, "LOST");
  auto& its_mark = undo_marks_[task.key];
  if (its_mark.empty()) its_mark = mark('t');
  return ok(task, its_mark, flow::Value::object());
}

lane::Answer World::verify(const lane::Task& task, Effect& effect) {
  if (!calm) {
    if (random_.permille(odds.retry)) return said(task, JF_RETRY, "BUSY");
    if (random_.permille(odds.fail)) return said(task, JF_FAIL, "NOBODY_KNOWS");
  }
  if (!effect.applied) {
    effect.fence = std::max(effect.fence, task.attempt);
    return ok(task, mark('t'), {{"applied", false}, {"no", mark('r')}});
  }
  lane::Answer answer = ok(task, effect.mark, {});
  flow::Value output = business_.output(task);
  output["tick"] = effect.mark;
  answer.output = flow::Value::to_msgpack(flow::Value{{"applied", true}, {"output", output}});
  return answer;
}

lane::Answer World::run(const lane::Task& task, const About& about, Effect& effect) {
  if (effect.undone || task.attempt < effect.fence) return said(task, JF_FAIL, "NOT_WANTED");
  const bool again = effect.applied && about.role != Role::act && about.role != Role::once;
  if (!calm) {
    if (random_.permille(odds.retry)) {
      auto answer = said(task, random_.chance(80) ? JF_RETRY : JF_BROKEN, "BUSY");
      if (random_.chance(50)) answer.retry_after_ms = static_cast<std::uint32_t>(random_.below(1500));
      return answer;
    }
    if (!effect.applied && refusals_[task.instance] < refusals_most) {
      const bool edge = random_.permille(odds.edge);
      if (edge || random_.permille(odds.reject)) {
        ++refusals_[task.instance];
        effect.fence = task.attempt + 1;   // a no under this key is its answer: an older attempt gets it too
        const auto kind = random_.below(10);
        return said(task, kind < 6 ? JF_REJECT : kind < 8 ? JF_FAIL : JF_NOT_DONE, edge ? "E1" : "NO");
      }
      if (random_.permille(odds.fail)) {
        ++refusals_[task.instance];
        if (about.role != Role::pure && about.role != Role::once && random_.chance(50)) apply(effect, task);
        return said(task, JF_FAIL, "BAD");
      }
    }
  }
  if (!calm && random_.permille(odds.unknown)) {
    if (random_.chance(50) && !again) apply(effect, task);
    return said(task, JF_UNKNOWN, "LOST");
  }
  if (!again) apply(effect, task);
  return ok(task, effect.mark, business_.output(task));
}

}  // namespace jackfield::simulation
