#include "lane/instance.hpp"

#include "lane/breadcrumbs.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace jackfield::lane {
namespace {

using nlohmann::json;

constexpr std::size_t max_log_bytes = 4096;

std::string_view view(const jf_bytes& bytes) {
  if (bytes.data == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes.data), std::size_t(bytes.len)};
}

// One line, however the plugin wrote it.
std::string line(std::string_view text) {
  std::string cut(text.substr(0, max_log_bytes));
  std::replace_if(cut.begin(), cut.end(), [](char c) { return static_cast<unsigned char>(c) < 32; }, ' ');
  return cut;
}

std::string fields_text(const jf_bytes& fields) {
  if (fields.len == 0 || fields.len > max_log_bytes) return {};
  const auto decoded = json::from_msgpack(fields.data, fields.data + fields.len, true, false);
  if (decoded.is_discarded() || decoded.empty()) return {};
  return " " + decoded.dump(-1, ' ', false, json::error_handler_t::replace);
}

// Leaves word of the call for as long as it takes.
class Inside {
 public:
  Inside(Breadcrumbs* crumbs, const std::string& plugin, std::span<const jf_task* const> tasks) : crumbs_(crumbs) {
    if (crumbs_ != nullptr) crumbs_->enter(plugin, tasks);
  }
  ~Inside() {
    if (crumbs_ != nullptr) crumbs_->leave();
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  Breadcrumbs* crumbs_;
};

spdlog::level::level_enum level_of(std::int32_t level) {
  switch (level) {
    case JF_LOG_DEBUG: return spdlog::level::debug;
    case JF_LOG_WARN: return spdlog::level::warn;
    case JF_LOG_ERROR: return spdlog::level::err;
    default: return spdlog::level::info;
  }
}

}  // namespace

Instance::Instance(std::shared_ptr<const plugin::Plugin> plugin, const plugin::Surroundings& surroundings,
                   std::shared_ptr<Desk> desk)
    : plugin_(std::move(plugin)), surroundings_(surroundings), desk_(std::move(desk)),
      label_(plugin_->descriptor.id + "@" + plugin_->hash) {
  host_ = {sizeof(jf_host), JF_ABI_MINOR, this, complete, log, metric, now_ms, cancelled, property};
  const auto settings = json::to_msgpack(json::parse(plugin_->settings_json));
  jf_error error{sizeof(jf_error), JF_FAIL, {}};
  std::int32_t status = JF_FAIL;
  std::string thrown;
  try {
    status = plugin_->table->create(&host_, {settings.data(), settings.size()}, &instance_, &error);
  } catch (const std::exception& exception) {
    thrown = std::string("create() threw across the interface: ") + exception.what();
  } catch (...) {
    thrown = "create() threw across the interface";
  }
  if (thrown.empty() && status == JF_OK) return;
  const std::string said(view(error.text));
  throw std::runtime_error("plugin '" + plugin_->descriptor.id + "' cannot be made: " +
                           (!thrown.empty() ? thrown
                            : said.empty()  ? "create() answered status " + std::to_string(status) + " and no text"
                                            : said));
}

Instance::~Instance() {
  try {
    plugin_->table->stop(instance_);
    desk_->sweep(this);
    plugin_->table->destroy(instance_);
  } catch (...) {
    spdlog::error("plugin '{}' threw from stop() or destroy(), which may not; its instance is left as it is",
                  plugin_->descriptor.id);
  }
}

std::int32_t Instance::process(std::span<const jf_task* const> tasks) {
  const Inside inside(desk_->fittings().crumbs, label_, tasks);
  try {
    return plugin_->table->process(instance_, tasks.data(), tasks.size());
  } catch (const std::exception& error) {
    spdlog::error("plugin '{}' threw across the interface: {}", plugin_->descriptor.id, error.what());
  } catch (...) {
    spdlog::error("plugin '{}' threw across the interface", plugin_->descriptor.id);
  }
  break_down();
  return JF_UNKNOWN;
}

void Instance::cancel(std::uint64_t token) {
  if (plugin_->table->cancel == nullptr) return;
  try {
    plugin_->table->cancel(instance_, token);
  } catch (...) {
    spdlog::error("plugin '{}' threw from cancel(), which may not", plugin_->descriptor.id);
  }
}

void Instance::complete(void* self, std::uint64_t token, const jf_result* result) {
  static_cast<Instance*>(self)->desk_->complete(token, result);
}

void Instance::log(void* self, std::int32_t level, jf_bytes text, jf_bytes fields) {
  const auto& own = *static_cast<Instance*>(self);
  const auto at = level_of(level);
  if (spdlog::should_log(at))
    spdlog::log(at, "[{}] {}{}", own.plugin_->descriptor.id, line(view(text)), fields_text(fields));
}

void Instance::metric(void* self, std::int32_t kind, jf_bytes name, jf_bytes labels, double value) {
  const auto& own = *static_cast<Instance*>(self);
  const auto& sink = own.desk_->fittings().metric;
  if (sink && !own.desk_->closed()) sink(own.plugin_->descriptor.id, kind, view(name), view(labels), value);
}

std::int64_t Instance::now_ms(void* self) { return static_cast<Instance*>(self)->desk_->fittings().now_ms(); }

std::int32_t Instance::cancelled(void* self, std::uint64_t token) {
  return static_cast<Instance*>(self)->desk_->cancelled(token) ? 1 : 0;
}

bool Instance::read_property(std::string_view name, std::string& value) const {
  if (name == "plugin_id") value = plugin_->descriptor.id;
  else if (name == "data_dir") value = surroundings_.data_dir;
  else if (name == "config_dir") value = surroundings_.config_dir;
  else if (name == "zone") value = surroundings_.zone;
  else if (name == "store_url") value = surroundings_.store_url;
  else if (name.starts_with("secret:")) {
    const json settings = json::parse(plugin_->settings_json, nullptr, false);
    const auto found = settings.is_object() ? settings.find(std::string(name.substr(7))) : settings.end();
    if (!settings.is_object() || found == settings.end() || !found->is_string()) return false;
    value = found->get<std::string>();
  } else {
    return false;
  }
  return true;
}

std::int64_t Instance::property(void* self, jf_bytes name, std::uint8_t* buffer, std::uint64_t capacity) {
  std::string value;
  if (!static_cast<Instance*>(self)->read_property(view(name), value)) return -1;
  const auto size = std::min<std::uint64_t>(value.size(), capacity);
  if (size > 0) std::memcpy(buffer, value.data(), size);
  return static_cast<std::int64_t>(value.size());
}

}  // namespace jackfield::lane
