/* It is linked never to be unloaded. */
#include "table.h"
