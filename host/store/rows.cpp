#include "store/rows.hpp"

namespace jackfield::store {

bool Batch::empty() const {
  return definitions.empty() && instances.empty() && journal.empty() && updates.empty() && numbers.empty() &&
         awaits_added.empty() && awaits_removed.empty() && events.empty() && dead_letters.empty() &&
         dead_letters_removed.empty();
}

}  // namespace jackfield::store
