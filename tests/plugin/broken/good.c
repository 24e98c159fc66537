/* Nothing is broken: what the others are compared with. */
#include "table.h"
