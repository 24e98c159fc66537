/* ABI 1.0 as it was released: where every field stands. A line here is never changed; a later minor adds its own. */
#include <jackfield/abi.h>

#include <stddef.h>

#define AT(type, field, offset) \
  _Static_assert(offsetof(type, field) == (offset), #type "." #field " has moved: plugins that exist would misread it")

_Static_assert(sizeof(void *) == 8, "the layout is that of 64-bit Linux");
_Static_assert(JF_ABI_MAJOR == 1, "version 1 is for ever");

_Static_assert(sizeof(jf_bytes) == 16, "jf_bytes is a value and never grows");
AT(jf_bytes, data, 0);
AT(jf_bytes, len, 8);

AT(jf_task, size, 0);
AT(jf_task, attempt, 4);
AT(jf_task, token, 8);
AT(jf_task, deadline_ms, 16);
AT(jf_task, step, 24);
AT(jf_task, instance, 40);
AT(jf_task, flow, 56);
AT(jf_task, key, 72);
AT(jf_task, input, 88);

AT(jf_result, size, 0);
AT(jf_result, status, 4);
AT(jf_result, retry_after_ms, 8);
AT(jf_result, reserved, 12);
AT(jf_result, output, 16);
AT(jf_result, code, 32);
AT(jf_result, text, 48);

AT(jf_error, size, 0);
AT(jf_error, status, 4);
AT(jf_error, text, 8);

AT(jf_host, size, 0);
AT(jf_host, abi_minor, 4);
AT(jf_host, self, 8);
AT(jf_host, complete, 16);
AT(jf_host, log, 24);
AT(jf_host, metric, 32);
AT(jf_host, now_ms, 40);
AT(jf_host, cancelled, 48);
AT(jf_host, property, 56);

AT(jf_plugin, size, 0);
AT(jf_plugin, abi_minor, 4);
AT(jf_plugin, descriptor, 8);
AT(jf_plugin, create, 24);
AT(jf_plugin, process, 32);
AT(jf_plugin, cancel, 40);
AT(jf_plugin, stop, 48);
AT(jf_plugin, destroy, 56);

/* What a status means is part of it. */
_Static_assert(JF_OK == 0 && JF_PENDING == 1 && JF_RETRY == 2 && JF_REJECT == 3 && JF_FAIL == 4 && JF_UNKNOWN == 5 &&
                   JF_BROKEN == 6 && JF_NOT_DONE == 7,
               "a status has changed its number");
_Static_assert(JF_LOG_DEBUG == 0 && JF_LOG_INFO == 1 && JF_LOG_WARN == 2 && JF_LOG_ERROR == 3, "so has a level");
_Static_assert(JF_METRIC_COUNTER == 0 && JF_METRIC_GAUGE == 1 && JF_METRIC_HISTOGRAM == 2, "so has a kind of metric");

typedef int jf_layout_is_checked; /* a file of C holds more than assertions */
