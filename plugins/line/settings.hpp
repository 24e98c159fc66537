// What an operator sets for the register of lines.
#pragma once

#include <jackfield/plugin.hpp>

namespace line {

struct Settings {
  jackfield::Secret digest_key;
  JF_FIELDS((digest_key, "mixed into the digests of owners; set once, before the first line"))
};

}  // namespace line
