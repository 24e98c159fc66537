// What a step is: who it is (step()), what its plugin can do (traits()), and Step, the base of the everyday kind: one
// message in, one message out, on the thread that asks.
//
//   struct Reserve : jackfield::Step<Settings, ReserveIn, ReserveOut, Stock> {
//     static constexpr auto info = jackfield::step("resource.reserve", "Reserves a number and a card").keyed();
//     ReserveOut run(const ReserveIn& in, jackfield::Context& ctx);   // settings and shared are at hand
//   };
//
// One object of each step per instance of the plugin, made after settings and shared, ended before them.
#pragma once

#include <stdexcept>
#include <string_view>

#include <jackfield/context.hpp>
#include <jackfield/error.hpp>
#include <jackfield/fields.hpp>

namespace jackfield {

/// A plugin whose steps share nothing but their settings.
struct NoShared {};

struct StepInfo {
  std::string_view id, summary;
  bool is_pure = false, is_idempotent = false, is_keyed = false, is_irreversible = false;

  /// Same input, same output, no effect.
  [[nodiscard]] constexpr StepInfo pure() const { return with(&StepInfo::is_pure); }
  /// May be repeated with the same key.
  [[nodiscard]] constexpr StepInfo idempotent() const { return with(&StepInfo::is_idempotent); }
  /// Idempotent, made so by the SDK: the output is kept under the key, in the transaction of the step's own writes.
  /// Wants a `Database database` in Shared.
  [[nodiscard]] constexpr StepInfo keyed() const { return with(&StepInfo::is_keyed).with(&StepInfo::is_idempotent); }
  /// Has an effect that has no undo.
  [[nodiscard]] constexpr StepInfo irreversible() const { return with(&StepInfo::is_irreversible); }

  [[nodiscard]] constexpr StepInfo with(bool StepInfo::*flag) const {
    StepInfo copy = *this;
    copy.*flag = true;
    return copy;
  }
};

/// `id` is the plugin's id, a dot and a word: "resource.reserve".
[[nodiscard]] constexpr StepInfo step(std::string_view id, std::string_view summary) { return {id, summary}; }

struct Traits {
  bool is_reentrant = false, is_blocking = false, is_batch = false;
  std::string_view text = {};

  /// process() may run on several threads at once: run() of one step object too.
  [[nodiscard]] constexpr Traits reentrant() const { return with(&Traits::is_reentrant); }
  /// It may wait for the outside.
  [[nodiscard]] constexpr Traits blocking() const { return with(&Traits::is_blocking); }
  /// It gains from many tasks a call. Said of itself where Shared has a Database or a step is a BatchStep.
  [[nodiscard]] constexpr Traits batch() const { return with(&Traits::is_batch); }
  [[nodiscard]] constexpr Traits summary(std::string_view words) const {
    Traits copy = *this;
    copy.text = words;
    return copy;
  }
  [[nodiscard]] constexpr Traits with(bool Traits::*flag) const {
    Traits copy = *this;
    copy.*flag = true;
    return copy;
  }
};

/// `static constexpr auto traits = jackfield::traits().reentrant();` in Shared, or in the first step.
[[nodiscard]] constexpr Traits traits() { return {}; }

namespace detail {

/// Hands settings and shared to steps while they are being made, so that a step needs no constructor of its own.
template <class T>
struct Birth {
  static inline thread_local T* current = nullptr;
  static T& get() {
    if (!current) throw std::logic_error("a step is made by its plugin only: load the plugin with a FakeHost");
    return *current;
  }
  explicit Birth(T& value) { current = &value; }
  Birth(const Birth&) = delete;
  Birth& operator=(const Birth&) = delete;
  ~Birth() { current = nullptr; }
};

enum class Kind { plain, async, batch };

/// What all three kinds of step have.
template <class S, class I, class O, class Sh>
struct StepBase {
  using SettingsType = S;
  using InType = I;
  using OutType = O;
  using SharedType = Sh;
  const S& settings = Birth<const S>::get();
  Sh& shared = Birth<Sh>::get();
};

}  // namespace detail

template <class S, class I, class O, class Sh = NoShared>
struct Step : detail::StepBase<S, I, O, Sh> {
  static constexpr auto kind = detail::Kind::plain;
};

}  // namespace jackfield
