/* Its descriptor is no JSON. */
#define DESCRIPTOR "{\"id\":\"good\",,}"
#include "table.h"
