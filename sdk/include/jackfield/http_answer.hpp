// What an HTTP answer means to a step: the same rule for every adapter that speaks HTTP.
//
//   2xx                              done
//   not reached, 408, 425, 429       Retry UNREACHABLE, HTTP_<status>: nothing happened there
//   no answer once sent, any 5xx     Unknown NO_ANSWER, HTTP_<status>: it may have happened; tried again with the same key
//   anything else                    NotDone HTTP_<status>: asked again it would say the same
//
// Retry-After is heeded. The rule is for one call: a step of several says itself what it did before a later one fails.
//
// `who` names the other side in the texts ("the credit system"). Texts never quote a body: it may be a person's data.
// Thread rule: any thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

#include <jackfield/context.hpp>
#include <jackfield/error.hpp>
#include <jackfield/http_client.hpp>

namespace jackfield {

/// What a call may take: the setting, and never past the task's deadline, less what it takes to say so in time. With
/// `calls` over 1 that many of them fit before the deadline. Throws Retry where nothing is left.
[[nodiscard]] inline std::chrono::milliseconds time_for(const Context& ctx, std::chrono::milliseconds timeout,
                                                        int calls = 1) {
  auto left = ctx.remaining();
  if (left != std::chrono::milliseconds::max()) left -= std::min(left / 10, std::chrono::milliseconds(200));
  left = std::min(timeout, left / calls);
  if (left.count() <= 0) throw Retry{"the time for this attempt is over before the call was made"};
  return left;
}

[[nodiscard]] constexpr bool is_success(int status) { return status >= 200 && status < 300; }
[[nodiscard]] constexpr bool is_busy(int status) { return status == 408 || status == 425 || status == 429; }
[[nodiscard]] constexpr bool is_broken(int status) { return status >= 500 && status < 600; }

/// Throws Retry, Unknown or NotDone where the status is no success.
inline void expect_success(const HttpReply& reply, std::string_view who) {
  if (is_success(reply.status)) return;
  const std::string code = "HTTP_" + std::to_string(reply.status);
  const std::string found = std::string(who) + " answered " + std::to_string(reply.status) + ", expected 2xx: ";
  const auto after_ms = static_cast<std::uint32_t>(std::clamp(reply.retry_after_s, 0, 3600)) * 1000u;
  if (is_busy(reply.status)) throw Retry{found + "tried again", after_ms, code};
  if (is_broken(reply.status)) throw Unknown{code, found + "tried again with the same key", after_ms};
  throw NotDone{code, found + "mend the data or the other side, then replay"};
}

/// One segment of a path: everything but letters, digits and -._~ as %XX (RFC 3986).
[[nodiscard]] inline std::string path_segment(std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string segment;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain)
      segment += c;
    else
      (segment += '%').append({digits[byte >> 4], digits[byte & 15]});
  }
  return segment;
}

/// send(), with no connection said as Retry and no answer as Unknown: for calls that are safe to repeat with the same
/// key.
inline HttpReply send_or_retry(HttpClient& client, std::string_view method, std::string_view path,
                               std::string_view type, std::string_view body, std::chrono::milliseconds timeout,
                               std::string_view who) {
  try {
    return client.send(method, path, type, body, timeout);
  } catch (const HttpError& error) {
    if (error.kind == HttpError::not_sent) {
      throw Retry{std::string(who) + " was not reached: " + error.what(), 0, "UNREACHABLE"};
    }
    throw Unknown{"NO_ANSWER", std::string(who) + " gave no answer: " + error.what()};
  }
}

}  // namespace jackfield
