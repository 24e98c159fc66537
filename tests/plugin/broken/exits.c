/* A constructor that ends the process. */
#include "table.h"

#include <stdlib.h>

__attribute__((constructor)) static void leave(void) { _Exit(3); }
