// It has a symbol of which there is one in the process, for all libraries.
#include "table.h"

struct __attribute__((visibility("default"))) Register {
  template <class T>
  static T& count() {
    static T value;
    return value;
  }
};

__attribute__((used)) static int count_up() { return ++Register::count<int>(); }
