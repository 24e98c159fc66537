/* Of a host that is yet to come. */
#define SECTION_ABI "1.99"
#include "table.h"
