/* It makes an instance of whatever it is given for settings. */
#define OWN_CREATE
#include "parts.h"

static int32_t create(const jf_host *host, jf_bytes settings, void **instance, jf_error *error) {
  (void)settings;
  (void)error;
  the_host = host;
  *instance = &the_host;
  return JF_OK;
}

#include "table.h"
