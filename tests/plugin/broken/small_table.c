/* Its table ends before destroy. */
#define TABLE_SIZE (sizeof(jf_plugin) - sizeof(void *))
#include "table.h"
