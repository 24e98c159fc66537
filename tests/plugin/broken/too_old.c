/* Of a time before ABI 1. */
#define SECTION_ABI "0.9"
#include "table.h"
