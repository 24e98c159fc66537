/* It reads settings that are not there. */
#define OWN_CREATE
#include "parts.h"

#include <signal.h>

static int32_t create(const jf_host *host, jf_bytes settings, void **instance, jf_error *error) {
  if (settings.data == NULL) raise(SIGSEGV); /* as reading them would; a sanitizer would end that in its own way */
  if (!is_whole_map(settings) || settings.data[0] != 0x82) {
    error->text = text_bytes("found settings of another form");
    return JF_FAIL;
  }
  the_host = host;
  *instance = &the_host;
  return JF_OK;
}

#include "table.h"
