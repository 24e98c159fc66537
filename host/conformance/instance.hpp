// One instance of the plugin under check, and the witness it was given for a host.
//
// The functions are the table's, in the order abi.h tells. What the plugin throws across the interface comes out of
// them as std::runtime_error. Where it was not stopped and destroyed, it is when this ends.
//
// Thread rule: as the table's.
#pragma once

#include "conformance/subject.hpp"
#include "conformance/trial.hpp"
#include "conformance/witness.hpp"

#include <memory>
#include <span>
#include <string>

namespace jackfield::conformance {

class Instance {
 public:
  /// `strict`: see Witness.
  Instance(const jf_plugin* table, const Subject& subject, Trial& trial, bool strict = false);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  struct Made {
    std::int32_t status = JF_OK;
    std::string text;                   // why not
  };
  /// create(): with these settings (msgpack, or whatever they are).
  [[nodiscard]] Made make(const std::string& settings);
  /// create() with the subject's settings; throws std::runtime_error where it refuses them.
  void make();

  [[nodiscard]] std::int32_t process(std::span<Task* const> tasks);
  /// Lends a task for each call, and processes them all at once.
  std::vector<Task*> begin(std::span<const Call> calls);
  void cancel(const Task& task);
  /// The plugin alone is told, of a token it may never have been given.
  void cancel(std::uint64_t token);
  void stop();
  void destroy();

  [[nodiscard]] Witness& witness() { return *witness_; }
  [[nodiscard]] bool can_cancel() const { return table_->cancel != nullptr; }
  [[nodiscard]] const std::string& settings() const { return settings_; }

 private:
  enum class State { none, made, stopped };
  const jf_plugin* table_;
  const bool strict_;
  const std::string settings_;          // the subject's, folders named, as msgpack
  std::unique_ptr<Witness> witness_;
  void* self_ = nullptr;
  State state_ = State::none;
};

}  // namespace jackfield::conformance
