/* It needs a version of the C library that Debian 12 does not have (the library future brings the name of one). */
#include "table.h"

int from_the_future(void);
__attribute__((used)) static int call_it(void) { return from_the_future(); }
