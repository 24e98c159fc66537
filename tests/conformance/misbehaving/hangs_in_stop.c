/* Its stop() never returns. */
#define OWN_STOP
#include "parts.h"

#include <unistd.h>

static void stop(void *instance) {
  (void)instance;
  for (;;) pause();
}

#include "table.h"
