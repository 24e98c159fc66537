/* Its entry returns nothing. */
#define NO_TABLE
#include "table.h"
