// Which plugin the host died in, the last time.
//
// Threads of the host leave word of the plugin they are inside of (lane/breadcrumbs.hpp), and one that dies of a fault
// marks it. At the next start such a plugin is put into a process of its own, for as long as it is the same file;
// {data_dir}/run/blamed.json remembers it.
#pragma once

#include "lane/breadcrumbs.hpp"

#include <map>
#include <memory>
#include <string>

namespace jackfield::cli {

/// {data_dir}/run, made where it is missing: for this host alone.
[[nodiscard]] std::string run_dir(const std::string& data_dir);
/// Where this run leaves word. Null where the disk has no room for it, which is logged: the host runs without, and
/// should it die inside a plugin nobody is blamed.
[[nodiscard]] std::unique_ptr<lane::Breadcrumbs> fresh_crumbs(const std::string& data_dir);

/// Reads what the last run left and adds it to what is remembered: a library's hash → why, in words.
/// Throws std::runtime_error where it cannot be remembered.
[[nodiscard]] std::map<std::string, std::string> blamed(const std::string& data_dir);

}  // namespace jackfield::cli
