#include "plugin/probe.hpp"

#include "plugin/child.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <boost/dll/shared_library.hpp>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>

namespace jackfield::plugin {
namespace {

constexpr std::size_t max_descriptor_bytes = 4u << 20;

// The child's words begin with a letter: D descriptor, L not loadable, T threw, F faulty table.
void load_and_tell(const std::string& path, int end) {
  try {
    boost::dll::shared_library library(path, boost::dll::load_mode::rtld_now);
    const jf_plugin* const table = library.get<const jf_plugin*()>(JF_ENTRY)();
    if (const auto fault = table_fault(table); !fault.empty()) return say(end, "F" + fault);
    say(end, "D");
    say(end, {reinterpret_cast<const char*>(table->descriptor.data), table->descriptor.len});
    ::_exit(0);  // before the library is unmapped: no destructor of it is to run here
  } catch (const boost::system::system_error& error) {
    say(end, std::string("L") + error.what());
  } catch (const std::exception& error) {
    say(end, std::string("T") + error.what());
  } catch (...) {
    say(end, "Tsomething that is no std::exception");
  }
}

Refusal refusal_of(const ChildOutcome& outcome, const std::string& file, std::chrono::milliseconds timeout) {
  const char letter = outcome.said.empty() ? ' ' : outcome.said[0];
  const std::string text = outcome.said.empty() ? "" : outcome.said.substr(1);
  const std::string quiet = "a library that does nothing while it is loaded";
  const std::string repair = "move that work out of static objects into the plugin's create()";
  if (outcome.hung)
    return {file, "a constructor that still hung after " + std::to_string(timeout.count()) + " ms", quiet, repair};
  if (letter == 'L')
    return {file, "a library that cannot be loaded: " + text, "one whose every symbol is found",
            "link the plugin with all it uses (-Wl,-z,defs names what is missing), and install those libraries here"};
  if (letter == 'T') return {file, "a constructor that threw: " + text, quiet, repair};
  if (letter == 'F')
    return {file, text, "the table of ABI 1.0 or later", "build the plugin again with this release's SDK"};
  if (WIFSIGNALED(outcome.status) && WTERMSIG(outcome.status) == SIGABRT &&
      outcome.noise.find("terminate called") != std::string::npos)
    return {file, "a constructor that threw" + outcome.last_words(), quiet, repair};
  if (WIFSIGNALED(outcome.status))
    return {file, "a constructor that crashed with " + outcome.ending(), quiet, repair};
  return {file,
          "a constructor that ended the process with status " + std::to_string(WEXITSTATUS(outcome.status)) +
              outcome.last_words(),
          quiet, repair};
}

}  // namespace

std::string table_fault(const jf_plugin* table) {
  if (table == nullptr) return JF_ENTRY " returned no table";
  constexpr std::size_t least = offsetof(jf_plugin, destroy) + sizeof(table->destroy);
  if (table->size < least)
    return "a table of " + std::to_string(table->size) + " bytes, which is too old (at least " +
           std::to_string(least) + " expected)";
  if (table->abi_minor > JF_ABI_MINOR)
    return "a table of ABI " + std::to_string(JF_ABI_MAJOR) + "." + std::to_string(table->abi_minor) +
           ", which is too new (this host has " + std::to_string(JF_ABI_MAJOR) + "." + std::to_string(JF_ABI_MINOR) +
           ")";
  if (table->create == nullptr || table->process == nullptr || table->stop == nullptr || table->destroy == nullptr)
    return "a table without create, process, stop or destroy";
  if (table->descriptor.data == nullptr || table->descriptor.len == 0) return "a table without a descriptor";
  if (table->descriptor.len > max_descriptor_bytes)
    return "a descriptor of " + std::to_string(table->descriptor.len) + " bytes (at most " +
           std::to_string(max_descriptor_bytes) + " expected)";
  return {};
}

std::variant<std::string, Refusal> probe(const std::string& path, const std::string& file,
                                         std::chrono::milliseconds timeout) {
  const auto outcome =
      run_child([&](int parent) { load_and_tell(path, parent); }, timeout, max_descriptor_bytes + 1);
  if (!outcome)
    return Refusal{file, std::string("no child process to try it in (") + std::strerror(errno) + ")",
                   "one process and two pipes", "raise the limits on processes and open files"};
  if (outcome->said.starts_with('D') && !outcome->hung) return outcome->said.substr(1);
  return refusal_of(*outcome, file, timeout);
}

}  // namespace jackfield::plugin
