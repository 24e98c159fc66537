/* Of another ABI altogether. */
#define SECTION_ABI "2.0"
#include "table.h"
