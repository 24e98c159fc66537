/* It was linked without a library it needs. */
#include "table.h"

int nobody_has_this_function(void);
__attribute__((used)) static int call_it(void) { return nobody_has_this_function(); }
