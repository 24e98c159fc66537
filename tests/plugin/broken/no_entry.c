/* It does not export the entry. */
#define NO_ENTRY
#include "table.h"
