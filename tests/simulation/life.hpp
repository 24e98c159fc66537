// The host's process in a history, from its start to its death.
#pragma once

#include "history.hpp"

namespace jackfield::simulation {

/// The host's process, from start to death.
struct History::Life {
  std::unique_ptr<engine::Catalog> catalog;
  Inbox* inbox = nullptr;
  Scribe* scribe = nullptr;
  Lanes* lanes = nullptr;
  std::unique_ptr<engine::Engine> engine;
};

}  // namespace jackfield::simulation
