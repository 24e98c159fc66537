/* It exports the entry and does not say who it is. */
#define NO_SECTION
#include "table.h"
