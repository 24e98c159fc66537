/* It refuses settings and does not say why. */
#define OWN_CREATE
#include "parts.h"

static int32_t create(const jf_host *host, jf_bytes settings, void **instance, jf_error *error) {
  (void)error;
  if (!is_whole_map(settings)) return JF_FAIL;
  the_host = host;
  *instance = &the_host;
  return JF_OK;
}

#include "table.h"
