/* A plugin in C11 with nothing but jackfield/abi.h: that the binary interface stands by itself. */
#include <jackfield/abi.h>

#include <stdlib.h>
#include <string.h>

__attribute__((section(JF_SECTION), used)) static const char identity[] = "jackfield\nid=echo\nversion=0.3.0\nabi=1.0\n";

static const char descriptor[] =
    "{\"id\":\"echo\",\"version\":\"0.3.0\",\"kind\":\"plugin\",\"summary\":\"Says it again\",\"capabilities\":[],"
    "\"settings\":{\"type\":\"object\",\"properties\":{\"shout\":{\"type\":\"boolean\",\"default\":false}},"
    "\"additionalProperties\":false},"
    "\"steps\":[{\"id\":\"echo.repeat\",\"summary\":\"Repeats a short text\",\"capabilities\":[\"pure\"],"
    "\"input\":{\"type\":\"object\",\"properties\":{\"text\":{\"type\":\"string\"}},\"required\":[\"text\"]},"
    "\"output\":{\"type\":\"object\",\"properties\":{\"text\":{\"type\":\"string\"}},\"required\":[\"text\"]}}]}";

struct echo {
  const jf_host *host;
  int shout;
};

static jf_bytes text_of(const char *text) {
  jf_bytes bytes = {(const uint8_t *)text, strlen(text)};
  return bytes;
}

/* Reads a short string (fixstr or str8) at *at; 0 where there is none. */
static int read_text(jf_bytes in, uint64_t *at, jf_bytes *text) {
  if (*at >= in.len) return 0;
  uint8_t head = in.data[(*at)++];
  uint64_t len;
  if ((head & 0xe0) == 0xa0) {
    len = head & 0x1f;
  } else if (head == 0xd9 && *at < in.len) {
    len = in.data[(*at)++];
  } else {
    return 0;
  }
  if (len > in.len - *at) return 0;
  text->data = in.data + *at;
  text->len = len;
  *at += len;
  return 1;
}

/* The member `name` of a small map of texts; 0 where it is not there. */
static int find_text(jf_bytes in, const char *name, jf_bytes *found) {
  if (in.len == 0 || (in.data[0] & 0xf0) != 0x80) return 0;
  uint64_t at = 1;
  for (int members = in.data[0] & 0x0f; members > 0; --members) {
    jf_bytes key, value;
    if (!read_text(in, &at, &key) || !read_text(in, &at, &value)) return 0;
    if (key.len == strlen(name) && memcmp(key.data, name, key.len) == 0) {
      *found = value;
      return 1;
    }
  }
  return 0;
}

/* Nothing, an empty map, or {"shout": false or true}: 1 with *shout set; else 0. */
static int read_settings(jf_bytes in, int *shout) {
  static const char begin[] = "\x81\xa5shout";
  *shout = 0;
  if (in.len == 0 || (in.len == 1 && in.data[0] == 0x80)) return 1;
  if (in.len != sizeof begin || memcmp(in.data, begin, sizeof begin - 1) != 0) return 0;
  *shout = in.data[in.len - 1] == 0xc3;
  return *shout || in.data[in.len - 1] == 0xc2;
}

static int32_t refuse(jf_error *error, int32_t status, const char *text) {
  error->status = status;
  error->text = text_of(text);
  return status;
}

static int32_t create(const jf_host *host, jf_bytes settings, void **instance, jf_error *error) {
  int shout;
  if (!read_settings(settings, &shout)) return refuse(error, JF_FAIL, "found other settings, expected shout: true or false");
  struct echo *echo = calloc(1, sizeof *echo);
  if (!echo) return refuse(error, JF_BROKEN, "no memory");
  echo->host = host;
  echo->shout = shout;
  *instance = echo;
  return JF_OK;
}

static void answer(const struct echo *echo, const jf_task *task) {
  uint8_t output[64];
  jf_bytes text;
  jf_result result = {0};
  result.size = sizeof result;
  if (!find_text(task->input, "text", &text) || text.len > 31) {
    result.status = JF_REJECT;
    result.code = text_of("TEXT_TOO_LONG");
    result.text = text_of("expected a text of at most 31 bytes");
  } else {
    memcpy(output, "\x81\xa4text", 6);
    output[6] = (uint8_t)(0xa0 | text.len);
    memcpy(output + 7, text.data, text.len);
    for (uint64_t i = 7; echo->shout && i < 7 + text.len; ++i) {
      if (output[i] >= 'a' && output[i] <= 'z') output[i] = (uint8_t)(output[i] - 32);
    }
    result.status = JF_OK;
    result.output.data = output;
    result.output.len = 7 + text.len;
  }
  echo->host->complete(echo->host->self, task->token, &result);
}

static int32_t process(void *instance, const jf_task *const *tasks, uint64_t n) {
  for (uint64_t i = 0; i < n; ++i) answer(instance, tasks[i]);
  return JF_OK;
}

static void stop(void *instance) { (void)instance; }
static void destroy(void *instance) { free(instance); }

static const jf_plugin table = {
    .size = sizeof(jf_plugin),
    .abi_minor = JF_ABI_MINOR,
    .descriptor = {(const uint8_t *)descriptor, sizeof descriptor - 1},
    .create = create,
    .process = process,
    .stop = stop,
    .destroy = destroy,
};

__attribute__((visibility("default"))) const jf_plugin *jackfield_plugin_v1(void);
const jf_plugin *jackfield_plugin_v1(void) { return &table; }
