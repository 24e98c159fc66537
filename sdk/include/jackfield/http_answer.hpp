// What an HTTP answer means to a step: the same rule for every adapter that speaks HTTP.
//
//   2xx                                  done
//   no answer, 408, 425, 429, any 5xx    Retry: busy or gone (Retry-After is heeded)
//   anything else                        Fail HTTP_<status>: asked again it would say the same
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
[[nodiscard]] constexpr bool is_passing(int status) {
  return status == 408 || status == 425 || status == 429 || (status >= 500 && status < 600);
}

/// Throws Retry where the status says "later".
inline void retry_if_passing(const HttpReply& reply, std::string_view who) {
  if (!is_passing(reply.status)) return;
  const auto after_ms = static_cast<std::uint32_t>(std::clamp(reply.retry_after_s, 0, 3600)) * 1000u;
  throw Retry{std::string(who) + " answered " + std::to_string(reply.status) + ", expected 2xx: tried again", after_ms};
}

/// Throws Retry or Fail where the status is no success.
inline void expect_success(const HttpReply& reply, std::string_view who) {
  if (is_success(reply.status)) return;
  retry_if_passing(reply, who);
  throw Fail{"HTTP_" + std::to_string(reply.status),
             std::string(who) + " answered " + std::to_string(reply.status) +
                 ", expected 2xx: mend the data or the other side, then replay"};
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

/// send(), with no answer said as Retry: for calls that are safe to repeat with the same key.
inline HttpReply send_or_retry(HttpClient& client, std::string_view method, std::string_view path,
                               std::string_view type, std::string_view body, std::chrono::milliseconds timeout,
                               std::string_view who) {
  try {
    return client.send(method, path, type, body, timeout);
  } catch (const HttpError& error) {
    throw Retry{std::string(who) + " gave no answer: " + error.what()};
  }
}

}  // namespace jackfield
