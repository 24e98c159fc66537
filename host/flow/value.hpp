// The dynamic value that orders, step outputs and expressions are made of.
//
// It is JSON's model; on the wire and in the store it travels as msgpack (nlohmann to_msgpack/from_msgpack).
#pragma once

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace jackfield::flow {

using Value = nlohmann::json;

/// Unix time at millisecond resolution. The core is told the time, it never asks for it.
using TimePoint = std::chrono::sys_time<std::chrono::milliseconds>;
using Millis = std::chrono::milliseconds;

}  // namespace jackfield::flow
