/* Its section and its descriptor name different plugins. */
#define ID "better"
#include "table.h"
