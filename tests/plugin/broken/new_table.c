/* Its section says 1.0, its table more. */
#define TABLE_MINOR 99
#include "table.h"
