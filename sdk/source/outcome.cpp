#include <jackfield/outcome.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <system_error>
#include <utility>

#include <jackfield/entry.hpp>

#include "exception_reader.hpp"

namespace jackfield {

Outcome Outcome::of_current_exception() noexcept {
  try {
    if (const auto reader = detail::exception_reader.load()) {
      if (auto outcome = reader()) return std::move(*outcome);
    }
    try {
      throw;
    } catch (const Failure& failure) {
      return of(failure);
    } catch (const std::system_error& error) {  // a disk that is full, a folder that is gone: it may come back
      return {JF_RETRY, 0, {}, "SYSTEM", error.what()};
    } catch (const std::exception& error) {
      return {JF_FAIL, 0, {}, "EXCEPTION", error.what()};
    } catch (...) {
      return {JF_FAIL, 0, {}, "EXCEPTION", "something was thrown that is no std::exception"};
    }
  } catch (...) {  // no memory even for the text
    return {JF_FAIL, 0, {}, {}, {}};
  }
}

void Outcome::complete(const Host& host, std::uint64_t token) const {
  jf_result result{};
  result.size = sizeof result;
  result.status = status;
  result.retry_after_ms = retry_after_ms;
  result.output = bytes(output);
  result.code = bytes(code);
  result.text = bytes(text);
  host.complete(token, result);
}

namespace detail {

void refuse(jf_error* error, const Outcome& outcome) noexcept {
  // Of plain bytes: an object with a destructor would keep the library from ever being unloaded.
  static thread_local char text[4096];
  constexpr auto needed = offsetof(jf_error, text) + sizeof(error->text);
  if (!error || error->size < needed) return;
  std::size_t length = std::min(outcome.text.size(), sizeof text);
  while (length < outcome.text.size() && length > 0 && (outcome.text[length] & 0xC0) == 0x80) --length;
  std::memcpy(text, outcome.text.data(), length);
  error->status = outcome.status;
  error->text = bytes({text, length});
}

}  // namespace detail
}  // namespace jackfield
