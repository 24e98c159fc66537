// Lengths of time as an operator writes them: "500ms", "5s", "30m", "24h", "90d", or whole milliseconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <jackfield/codec.hpp>

namespace jackfield {

/// Milliseconds that know how they are written. Adds to and compares with every std::chrono duration.
struct Duration : std::chrono::milliseconds {
  constexpr Duration() : std::chrono::milliseconds(0) {}
  template <class Rep, class Period>
  constexpr Duration(std::chrono::duration<Rep, Period> length)  // NOLINT: `Duration hold = 30min`
      : std::chrono::milliseconds(std::chrono::duration_cast<std::chrono::milliseconds>(length)) {}

  /// Nothing where the text is no duration, or one beyond 10,000 days.
  [[nodiscard]] static std::optional<Duration> parse(std::string_view text);
  /// The shortest exact writing: "30m", "1500ms".
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::chrono::milliseconds ms() const { return *this; }
};

/// How waits between tries grow: doubled from `first` up to `most`. Written "100ms..30s".
struct Backoff {
  Duration first = std::chrono::milliseconds(100), most = std::chrono::seconds(30);

  Backoff() = default;
  Backoff(Duration first_, Duration most_) : first(first_), most(most_) {}
  /// Throws std::invalid_argument for a text that is no backoff.
  explicit Backoff(std::string_view text);

  [[nodiscard]] static std::optional<Backoff> parse(std::string_view text);
  [[nodiscard]] std::string text() const { return first.text() + ".." + most.text(); }
  /// The wait after the given try, the first being 1.
  [[nodiscard]] Duration after(std::uint32_t attempt) const;
};

template <>
struct Codec<Duration> {
  static std::string schema(const Duration&, Use);
  static void pack(Packer& packer, const Duration& value) { pack_text(packer, value.text()); }
  static void unpack(const Object& object, Duration& value, Findings& findings);
};

template <>
struct Codec<Backoff> {
  static std::string schema(const Backoff&, Use);
  static void pack(Packer& packer, const Backoff& value) { pack_text(packer, value.text()); }
  static void unpack(const Object& object, Backoff& value, Findings& findings);
};

}  // namespace jackfield
