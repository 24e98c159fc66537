#include <jackfield/host.hpp>

#include <stdexcept>

#include <jackfield/message.hpp>

namespace jackfield {

Host::Host(const jf_host* table) : table_(table) {
  // All of ABI 1.0; what a later minor appends is asked for where it is used.
  constexpr auto size_1_0 = offsetof(jf_host, property) + sizeof(table->property);
  if (!table || table->size < size_1_0) {
    throw std::runtime_error("found a host table of " + std::to_string(table ? table->size : 0) + " bytes, expected " +
                             std::to_string(size_1_0) + " or more: use a host of ABI 1.0 or later");
  }
}

TimePoint Host::now() const { return TimePoint(std::chrono::milliseconds(table_->now_ms(table_->self))); }

void Host::log(Level level, std::string_view text) const {
  table_->log(table_->self, static_cast<std::int32_t>(level), bytes(text), {});
}

void Host::count(std::string_view name, double by, Labels labels) const { metric(JF_METRIC_COUNTER, name, by, labels); }
void Host::gauge(std::string_view name, double value, Labels labels) const {
  metric(JF_METRIC_GAUGE, name, value, labels);
}
void Host::observe(std::string_view name, double value, Labels labels) const {
  metric(JF_METRIC_HISTOGRAM, name, value, labels);
}

void Host::metric(std::int32_t kind, std::string_view name, double value, Labels labels) const {
  Buffer packed;
  if (labels.size() > 0) {
    Packer packer(packed);
    packer.pack_map(static_cast<std::uint32_t>(labels.size()));
    for (const auto& [label, word] : labels) {
      pack_text(packer, label);
      pack_text(packer, word);
    }
  }
  table_->metric(table_->self, kind, bytes(name), bytes(view(packed)), value);
}

std::optional<std::string> Host::property(std::string_view name) const {
  std::string value(256, '\0');
  for (;;) {
    auto* const buffer = reinterpret_cast<std::uint8_t*>(value.data());
    const std::int64_t length = table_->property(table_->self, bytes(name), buffer, value.size());
    if (length < 0) return {};
    const bool fits = static_cast<std::size_t>(length) <= value.size();
    value.resize(static_cast<std::size_t>(length));
    if (fits) return value;
  }
}

bool Host::cancelled(std::uint64_t token) const { return table_->cancelled(table_->self, token) != 0; }

void Host::complete(std::uint64_t token, const jf_result& result) const {
  table_->complete(table_->self, token, &result);
}

}  // namespace jackfield
