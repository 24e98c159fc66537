#include "lane/rehearsal.hpp"

#include "lane/desk.hpp"
#include "lane/instance.hpp"
#include "plugin/child.hpp"
#include "plugin/library.hpp"

#include <spdlog/spdlog.h>

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace jackfield::lane {
namespace {

constexpr std::size_t refusal_most_bytes = 65'536;

// One that is to run in a process of its own is not mapped in this one.
plugin::Plugin mapped(plugin::Plugin plugin) {
  if (plugin.table != nullptr) return plugin;
  auto opened = plugin::open_tried(plugin.path);
  if (const auto* refusal = std::get_if<plugin::Refusal>(&opened)) throw std::runtime_error(refusal->text());
  plugin.library = std::get<std::shared_ptr<const plugin::Library>>(std::move(opened));
  plugin.table = plugin.library->table();
  return plugin;
}

// The child's words begin with a letter: M made, R refused.
void make_and_tell(const plugin::Plugin& plugin, const plugin::Surroundings& surroundings, int parent) {
  spdlog::set_level(spdlog::level::off);
  zmq::context_t context;
  try {
    const auto desk = std::make_shared<Desk>(context, "inproc://nobody", Fittings{});
    const Instance instance(std::make_shared<plugin::Plugin>(mapped(plugin)), surroundings, desk);
    plugin::say(parent, "M");
    ::_exit(0);  // whatever it began ends with this process
  } catch (const std::exception& error) {
    const std::string text = error.what(), before = "plugin '" + plugin.descriptor.id + "' cannot be made: ";
    plugin::say(parent, "R" + (text.starts_with(before) ? text.substr(before.size()) : text));
  }
}

}  // namespace

std::string rehearse(const plugin::Plugin& plugin, const plugin::Surroundings& surroundings,
                     std::chrono::milliseconds timeout) {
  const auto outcome = plugin::run_child([&](int parent) { make_and_tell(plugin, surroundings, parent); }, timeout,
                                         refusal_most_bytes);
  if (!outcome) return std::string("no child process to make it in (") + std::strerror(errno) + ")";
  if (outcome->said.starts_with('M')) return {};
  if (outcome->said.starts_with('R')) return outcome->said.size() > 1 ? outcome->said.substr(1) : "refused without a word";
  if (outcome->hung) return "create() was still at work after " + std::to_string(timeout.count()) + " ms";
  const std::string ending = outcome->ending();
  return "create() ended the process" + (ending.empty() ? outcome->last_words() : " with " + ending);
}

}  // namespace jackfield::lane
