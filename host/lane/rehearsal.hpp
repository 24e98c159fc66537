// Makes an instance of a plugin in a child process, to hear what the plugin says of its settings and its data.
//
// A plugin judges both when an instance is made. `jackfield check` asks for that judgement and wants no instance: the
// child makes one and ends with it, without a word to anybody else. What it writes belongs into the surroundings'
// data_dir, which is the caller's to take away again.
//
// Thread rule: any one thread at a time; it forks.
#pragma once

#include "plugin/registry.hpp"

#include <chrono>
#include <string>

namespace jackfield::lane {

inline constexpr std::chrono::seconds rehearsal_timeout{120};

/// The plugin's refusal in its own words, which may have several lines; empty where the instance was made.
[[nodiscard]] std::string rehearse(const plugin::Plugin& plugin, const plugin::Surroundings& surroundings,
                                   std::chrono::milliseconds timeout = rehearsal_timeout);

}  // namespace jackfield::lane
