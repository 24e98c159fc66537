/* The binary interface between the Jackfield host and a plugin. C11, no dependencies.
 *
 * Read top to bottom: it is the order in which things are called.
 *
 * Growth. Major version 1 is for ever: a library built against any 1.x is loaded by every later host.
 * Every table and message begins with `size`, the size the *writer* was compiled with; a field is read
 * only where `size` covers it. Fields are appended, never moved, removed or given another meaning.
 * No C enum, bool or bit-field appears in a layout.
 *
 * Bytes. A jf_bytes is borrowed: it is valid for the call it is passed to and no longer, unless its
 * function says otherwise. Neither side ever frees what the other allocated. Text is UTF-8 and need
 * not end in NUL. `data` may be NULL where `len` is 0.
 *
 * Errors. No exception crosses this line in either direction; a plugin that throws across it ends
 * the process. What went wrong travels as one of the JF_ statuses below. */
#ifndef JACKFIELD_ABI_H
#define JACKFIELD_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JF_ABI_MAJOR 1u
#define JF_ABI_MINOR 0u

/* What became of a task, or of a call. */
#define JF_OK 0      /* done; `output` is the step's result */
#define JF_PENDING 1 /* from process() only: completions are still owed */
#define JF_RETRY 2   /* nothing happened: try again, after `retry_after_ms` if > 0 */
#define JF_REJECT 3  /* a business no: `code` and `text` for the customer. Never tried again */
#define JF_FAIL 4    /* a permanent technical failure; a part may have happened, and is undone. Never tried again */
#define JF_UNKNOWN 5 /* it may have happened: the flow's verify step decides; an idempotent step is tried again */
#define JF_BROKEN 6  /* this instance of the plugin is unusable: make it anew, then try again */
#define JF_NOT_DONE 7 /* a permanent technical failure, and nothing of this attempt happened. Never tried again, and
                         not undone where no earlier attempt may have had an effect */

/* Log levels. */
#define JF_LOG_DEBUG 0
#define JF_LOG_INFO 1
#define JF_LOG_WARN 2
#define JF_LOG_ERROR 3

/* Metric kinds. */
#define JF_METRIC_COUNTER 0
#define JF_METRIC_GAUGE 1
#define JF_METRIC_HISTOGRAM 2

/* The one struct without a size: it is a value, and never grows. */
typedef struct jf_bytes {
  const uint8_t *data;
  uint64_t len;
} jf_bytes;

/* One message for a step. Borrowed until its completion: the host keeps the task and everything it
 * points to alive, unmoved, until complete() was called for its token. */
typedef struct jf_task {
  uint32_t size;
  uint32_t attempt;     /* 1 on the first try; > 1: an earlier try may have had its effect */
  uint64_t token;       /* names this attempt in complete() and cancel(); never 0, never used twice */
  int64_t deadline_ms;  /* Unix time in ms after which no answer is wanted; 0: none */
  jf_bytes step;        /* "credit.check" */
  jf_bytes instance;    /* the order's instance id; the same in sub-flows */
  jf_bytes flow;        /* the order's flow: "open-account" */
  jf_bytes key;         /* idempotency key, the same on every attempt and after every restart */
  jf_bytes input;       /* msgpack map that fits the step's input schema */
} jf_task;

/* The answer to one task. Everything is copied inside complete(). */
typedef struct jf_result {
  uint32_t size;
  int32_t status;          /* a JF_ status other than JF_PENDING */
  uint32_t retry_after_ms; /* JF_RETRY, JF_UNKNOWN: the least wait; 0: the flow's backoff decides */
  uint32_t reserved;
  jf_bytes output;         /* JF_OK: msgpack map that fits the output schema */
  jf_bytes code;           /* otherwise: a word in capitals, "NUMBER_TAKEN" */
  jf_bytes text;           /* otherwise: what was found, what was expected, what to do */
} jf_result;

/* What create() says when it refuses. Filled by the plugin; `text` must stay valid until the next
 * call into this library on the same thread. */
typedef struct jf_error {
  uint32_t size;
  int32_t status;
  jf_bytes text;
} jf_error;

/* What the host offers a plugin. Valid from create() to the return of destroy(). Every function may
 * be called from any thread. `host` is the first member's opaque self and is passed back. */
typedef struct jf_host {
  uint32_t size;
  uint32_t abi_minor;
  void *self;

  /* Answers a task: exactly once per token, inside process() or later, from any thread. A second
   * answer, or one for a token that was cancelled or timed out, is dropped and counted. */
  void (*complete)(void *self, uint64_t token, const jf_result *result);

  /* One line for the host's log. `fields` is a msgpack map or empty. Never put a Ki, an identity
   * number or a payment reference in either. */
  void (*log)(void *self, int32_t level, jf_bytes text, jf_bytes fields);

  /* Adds to a counter, sets a gauge or observes a value. `labels` is a msgpack map of strings, or
   * empty. The name appears as jackfield_plugin_<name>{plugin="<id>",...}. */
  void (*metric)(void *self, int32_t kind, jf_bytes name, jf_bytes labels, double value);

  /* The host's clock, Unix time in ms. In a test it is the test's clock: use no other. */
  int64_t (*now_ms)(void *self);

  /* 1 once the task was cancelled or its deadline has passed; else 0. Cheap: ask in loops. */
  int32_t (*cancelled)(void *self, uint64_t token);

  /* Reads a property of the host into `buffer` and returns its full length; nothing is written past
   * `capacity`. -1: no such property. Names: "data_dir", "config_dir", "zone", "store_url",
   * "plugin_id", and "secret:<name>" for a secret named in the settings. */
  int64_t (*property)(void *self, jf_bytes name, uint8_t *buffer, uint64_t capacity);
} jf_host;

/* What a plugin offers the host. A constant in the library. */
typedef struct jf_plugin {
  uint32_t size;
  uint32_t abi_minor; /* the JF_ABI_MINOR it was compiled with */

  /* JSON: {"id","version","kind":"plugin"|"adapter","summary","capabilities":[…],"settings":{schema},
   * "steps":[{"id","summary","capabilities":[…],"input":{schema},"output":{schema}}]}.
   * Plugin capabilities: reentrant (process() may run on several threads at once), blocking (it may
   * wait for the outside), batch (gains from many tasks a call). Step capabilities: pure (same input,
   * same output, no effect), idempotent (may be repeated with the same key), irreversible (has an
   * effect that has no undo). Constant; valid as long as the library is mapped. */
  jf_bytes descriptor;

  /* Makes one instance of the plugin from its settings (msgpack map, validated against the schema,
   * defaults filled in). Validates and opens; never reaches for the network. JF_OK and *instance, or
   * another status and *error. Called on one thread. */
  int32_t (*create)(const jf_host *host, jf_bytes settings, void **instance, jf_error *error);

  /* Does n >= 1 tasks, of any of its steps, in any order. Each is answered once through complete().
   * Returns JF_OK when all were answered inside the call, JF_PENDING when answers are still owed.
   * Called on the host's pool threads: on one at a time unless "reentrant". */
  int32_t (*process)(void *instance, const jf_task *const *tasks, uint64_t n);

  /* A hint that the answer is no longer wanted. Any thread, also during process(). May be NULL. */
  void (*cancel)(void *instance, uint64_t token);

  /* No further process(); finish or answer everything owed, then return. One thread. */
  void (*stop)(void *instance);

  /* Frees the instance, after stop(). The host table is gone when it returns. */
  void (*destroy)(void *instance);
} jf_plugin;

/* The one exported symbol of a plugin library. Returns the same table on every call; does nothing
 * else. Any thread. */
#define JF_ENTRY "jackfield_plugin_v1"
typedef const jf_plugin *(*jf_entry)(void);

/* A library also carries who it is in an ELF section of this name, as text that is readable without
 * running any of its code: "jackfield\nid=limit\nversion=1.0.0\nabi=1.0\n". */
#define JF_SECTION ".jackfield"

#ifdef __cplusplus
}
#endif

#endif
