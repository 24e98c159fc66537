/* It exports a second function. */
#include "table.h"

__attribute__((visibility("default"))) int convenient(void);
int convenient(void) { return 1; }
