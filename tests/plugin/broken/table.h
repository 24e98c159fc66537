/* A whole plugin in C from abi.h alone; each library beside this header breaks one thing of it. One that defines
 * OWN_PROCESS, OWN_CREATE … brings that function itself, before it includes this. */
#ifndef JACKFIELD_TESTS_TABLE_H
#define JACKFIELD_TESTS_TABLE_H

#include "parts.h"

#ifdef __cplusplus
#define BEGIN_C extern "C" {
#define END_C }
#else
#define BEGIN_C
#define END_C
#endif

#ifndef ID
#define ID "good"
#endif
#ifndef SECTION_ABI
#define SECTION_ABI "1.0"
#endif
#ifndef TABLE_SIZE
#define TABLE_SIZE sizeof(jf_plugin)
#endif
#ifndef TABLE_MINOR
#define TABLE_MINOR 0
#endif
#ifndef DESCRIPTOR
#define DESCRIPTOR                                                                                                    \
  "{\"id\":\"good\",\"version\":\"1.2.3\",\"kind\":\"plugin\",\"summary\":\"Does what it says\","                      \
  "\"capabilities\":[\"reentrant\"],"                                                                                 \
  "\"settings\":{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"                                 \
  "\"limit\":{\"type\":\"integer\",\"default\":5,\"minimum\":1},"                                                     \
  "\"folder\":{\"type\":\"string\",\"default\":\"{data_dir}/good\"}}},"                                               \
  "\"steps\":[{\"id\":\"good.echo\",\"summary\":\"Gives back its input\",\"capabilities\":[\"pure\"],"                 \
  "\"input\":{\"type\":\"object\"},\"output\":{\"type\":\"object\"}}]}"
#endif

BEGIN_C

#ifndef NO_SECTION
__attribute__((section(JF_SECTION), used)) static const char identity[] =
    "jackfield\nid=" ID "\nversion=1.2.3\nabi=" SECTION_ABI "\n";
#endif

#ifndef OWN_CREATE
/* `limit` is a whole number of one byte, `folder` a text of fewer than 256; whoever sends others is refused. */
static int32_t create(const jf_host *host, jf_bytes settings, void **instance, jf_error *error) {
  const uint8_t limit = member_head(settings, "limit"), folder = member_head(settings, "folder");
  const int fits = settings.len == 0 || (is_whole_map(settings) && (limit == 0xc1 || limit <= 0x7f) &&
                                         (folder == 0xc1 || (folder & 0xe0) == 0xa0 || folder == 0xd9));
  if (!fits) {
    error->status = JF_FAIL;
    error->text = text_bytes("found settings of another form, expected a small limit and a folder");
    return JF_FAIL;
  }
  the_host = host;
  *instance = &the_host;
  return JF_OK;
}
#endif

#ifndef OWN_PROCESS
static int32_t process(void *instance, const jf_task *const *tasks, uint64_t n) {
  (void)instance;
  for (uint64_t i = 0; i < n; ++i) answer_echo(tasks[i]);
  return JF_OK;
}
#endif

#ifndef OWN_CANCEL
#define cancel NULL
#endif
#ifndef OWN_STOP
static void stop(void *instance) { (void)instance; }
#endif
#ifndef OWN_DESTROY
static void destroy(void *instance) { (void)instance; }
#endif

static const jf_plugin table = {TABLE_SIZE, TABLE_MINOR, {(const uint8_t *)DESCRIPTOR, sizeof DESCRIPTOR - 1},
                                create,     process,     cancel, stop, destroy};

#ifndef NO_ENTRY
__attribute__((visibility("default"))) const jf_plugin *jackfield_plugin_v1(void);
const jf_plugin *jackfield_plugin_v1(void) {
#ifdef NO_TABLE
  (void)table;
  return NULL;
#else
  return &table;
#endif
}
#else
const jf_plugin *another_name(void);
const jf_plugin *another_name(void) { return &table; }
#endif

END_C

#endif
