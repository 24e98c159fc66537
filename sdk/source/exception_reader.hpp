// How a part beside the SDK's own (the database) says what one of its exceptions means, and which of its words may be
// told. Set once, before anything can throw; read on any thread.
#pragma once

#include <atomic>
#include <optional>

#include <jackfield/outcome.hpp>

namespace jackfield::detail {

/// Asked while an exception is being handled; nothing where it is none of the reader's.
using ExceptionReader = std::optional<Outcome> (*)();

inline std::atomic<ExceptionReader> exception_reader{nullptr};

}  // namespace jackfield::detail
