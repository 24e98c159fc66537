/* Its instances leave something behind, its calls do not. */
#define OWN_CREATE
#include "parts.h"

#include <stdlib.h>

static int32_t create(const jf_host *host, jf_bytes settings, void **instance, jf_error *error) {
  if (settings.len > 0 && (!is_whole_map(settings) || (member_head(settings, "limit") & 0x80 && member_head(settings, "limit") != 0xc1) ||
                           member_head(settings, "folder") == 0x81)) {
    error->text = text_bytes("found settings of another form");
    return JF_FAIL;
  }
  the_host = host;
  *instance = malloc(100000);
  return JF_OK;
}

#include "table.h"
