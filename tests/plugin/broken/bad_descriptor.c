/* Its descriptor is JSON of another shape. */
#define DESCRIPTOR                                                                                       \
  "{\"id\":\"good\",\"version\":\"1.2.3\",\"kind\":\"plugin\",\"settings\":{},\"steps\":[{\"id\":\"good.a\"," \
  "\"summary\":\"\",\"input\":{},\"output\":{}},{\"id\":7}]}"
#include "table.h"
