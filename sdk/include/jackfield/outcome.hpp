// What became of one task, ready for the ABI.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include <jackfield/error.hpp>
#include <jackfield/host.hpp>
#include <jackfield/message.hpp>

namespace jackfield {

struct Outcome {
  std::int32_t status = JF_OK;
  std::uint32_t retry_after_ms = 0;
  std::string output;  // JF_OK: msgpack
  std::string code, text;

  [[nodiscard]] static Outcome done(std::string_view packed) { return {JF_OK, 0, std::string(packed), {}, {}}; }
  [[nodiscard]] static Outcome of(const Failure& failure) {
    return {failure.status, failure.retry_after_ms, {}, failure.code, failure.what()};
  }
  /// Of the exception that is being handled.
  [[nodiscard]] static Outcome of_current_exception() noexcept;

  void complete(const Host& host, std::uint64_t token) const;
};

}  // namespace jackfield
