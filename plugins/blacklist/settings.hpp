// What an operator sets for the blacklist.
#pragma once

#include <jackfield/plugin.hpp>

namespace blacklist {

struct Settings {
  jackfield::Path entries{"data/blacklist.csv"};
  JF_FIELDS((entries, "who is listed, CSV: id_type,id_number,reason"))
};

}  // namespace blacklist
