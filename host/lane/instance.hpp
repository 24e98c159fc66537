// One made instance of a plugin, with the jf_host table it was given.
//
// Its life is create() in the constructor, and stop() then destroy() in the destructor, on whichever thread lets go of
// it last; so a thread that hangs inside process() keeps it, and nothing is pulled from under it.
//
// Thread rule: process() as the plugin's capabilities allow; the rest on any thread.
// Errors: the constructor throws std::runtime_error with the plugin's own words where create() refuses.
#pragma once

#include "lane/desk.hpp"
#include "plugin/registry.hpp"

#include <atomic>
#include <memory>
#include <span>
#include <string>

namespace jackfield::lane {

class Instance {
 public:
  Instance(std::shared_ptr<const plugin::Plugin> plugin, const plugin::Surroundings& surroundings,
           std::shared_ptr<Desk> desk);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  /// A status of abi.h; JF_UNKNOWN where the plugin threw across the line, which breaks the instance.
  [[nodiscard]] std::int32_t process(std::span<const jf_task* const> tasks);
  void cancel(std::uint64_t token);

  /// It is unusable and is to be made anew.
  void break_down() { broken_ = true; }
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  [[nodiscard]] bool read_property(std::string_view name, std::string& value) const;

  static void complete(void* self, std::uint64_t token, const jf_result* result);
  static void log(void* self, std::int32_t level, jf_bytes text, jf_bytes fields);
  static void metric(void* self, std::int32_t kind, jf_bytes name, jf_bytes labels, double value);
  static std::int64_t now_ms(void* self);
  static std::int32_t cancelled(void* self, std::uint64_t token);
  static std::int64_t property(void* self, jf_bytes name, std::uint8_t* buffer, std::uint64_t capacity);

  const std::shared_ptr<const plugin::Plugin> plugin_;
  const plugin::Surroundings surroundings_;
  const std::shared_ptr<Desk> desk_;
  const std::string label_;                     // in the breadcrumbs
  jf_host host_{};
  void* instance_ = nullptr;
  std::atomic<bool> broken_{false};
};

}  // namespace jackfield::lane
