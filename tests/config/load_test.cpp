// host.yaml in, values or all findings at once out.
#include "config/code.hpp"
#include "config/load.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace jackfield::config {
namespace {

using namespace std::chrono_literals;

class LoadTest : public ::testing::Test {
 protected:
  LoadTest() {
    std::string name = (std::filesystem::temp_directory_path() / "jackfield-config-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    dir_ = name;
  }
  ~LoadTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }

  Loaded from(const std::string& text, const std::vector<std::string>& sets = {}) {
    std::ofstream(dir_ / "host.yaml", std::ios::binary) << text;
    return load(dir_, sets);
  }

  /// The findings as "line:column code text", a line each.
  static std::string told(const Loaded& loaded) {
    std::string out;
    for (const flow::Finding& finding : loaded.findings) {
      out += (finding.line > 0 ? std::to_string(finding.line) + ":" + std::to_string(finding.column) : finding.file) +
             " " + finding.code + " " + finding.text + "\n";
    }
    return out;
  }

  std::filesystem::path dir_;
};

TEST_F(LoadTest, RefusesAFolderWithoutHostYaml) {
  const Loaded loaded = load(dir_);
  ASSERT_EQ(loaded.findings.size(), 1u);
  EXPECT_EQ(loaded.findings[0].code, "JF001");
  EXPECT_EQ(flow::format(loaded.findings[0]).rfind("host.yaml: error[JF001]: found no such file", 0), 0u);
}

TEST_F(LoadTest, WhatCannotBeReadLeavesTheDefaultsAndTheOverrides) {
  const auto loaded = from("a: [\n", {"http.listen=127.0.0.1:9"});
  ASSERT_EQ(loaded.findings.size(), 1U) << told(loaded);
  EXPECT_EQ(loaded.findings[0].code, "JF002");
  EXPECT_FALSE(loaded.readable);
  EXPECT_FALSE(loaded.host.plugin_path.empty());
  EXPECT_EQ(loaded.host.http.listen, "127.0.0.1:9");
  EXPECT_TRUE(from("").readable);
}

TEST_F(LoadTest, GivesEveryDefaultForAnEmptyFile) {
  for (const char* text : {"", "# nothing\n", "---\n", "store:\nhttp:\nplugins:\nadapters:\n"}) {
    const Loaded loaded = from(text);
    ASSERT_TRUE(loaded.good()) << told(loaded);
    const Host& host = loaded.host;
    EXPECT_EQ(host.store.url, "sqlite3://var/jackfield.db");
    EXPECT_EQ(host.http.listen, "127.0.0.1:7114");
    EXPECT_EQ(host.zmq.listen, "tcp://127.0.0.1:7115");
    EXPECT_EQ(host.data_dir, "var");
    EXPECT_EQ(host.plugin_path, std::filesystem::read_symlink("/proc/self/exe").parent_path());
    EXPECT_EQ(host.zone, "Asia/Shanghai");
    EXPECT_EQ(host.events.keep, 24h);
    EXPECT_EQ(host.quarantine.crashes, 3);
    EXPECT_EQ(host.quarantine.within, 60s);
    EXPECT_EQ(host.http.max_body_bytes, 65'536u);
    EXPECT_EQ(host.adapter("credit").timeout, 5s);
    EXPECT_EQ(host.adapter("credit").retries, 5);
    EXPECT_EQ(host.adapter("credit").backoff_first, 100ms);
    EXPECT_EQ(host.adapter("credit").backoff_most, 30s);
    EXPECT_EQ(host.adapter("credit").give_up, 72h);
    EXPECT_EQ(host.config_dir, dir_);
  }
}

TEST_F(LoadTest, ReadsEveryFixedKey) {
  const Loaded loaded = from(R"(
data_dir: /srv/jackfield
plugin_path: /opt/a:/opt/b
zone: Europe/Berlin
store: {url: "postgresql://me@db/jackfield", busy_timeout: 2s}
http: {listen: "[::1]:0", max_body: 1MiB, max_head: 32KiB, connections: 10, queue: 20, timeout: 30s}
zmq: {listen: "tcp://*:9", queue: 5}
engine: {max_instances: 7, queue: 8, lane_queue: 9, batch: 64, step_timeout: 1m, drain: 0s, keep: 90d}
events: {keep: 1h}
quarantine: {crashes: 1, within: 5s}
log: {level: debug, file: "{data_dir}/log"}
plugins:
  resource: {isolation: process, threads: 3, numbers: data/numbers.csv, hold: 30m}
adapters:
  credit: {timeout: 500ms, retries: 0, backoff: 1s..2m, give_up: 1d, url: http://127.0.0.1:1}
  billing:
)");
  ASSERT_TRUE(loaded.good()) << told(loaded);
  const Host& host = loaded.host;
  EXPECT_EQ(host.data_dir, "/srv/jackfield");
  EXPECT_EQ(host.plugin_path, "/opt/a:/opt/b");
  EXPECT_EQ(host.zone, "Europe/Berlin");
  EXPECT_EQ(host.store.url, "postgresql://me@db/jackfield");
  EXPECT_EQ(host.store.busy_timeout, 2s);
  EXPECT_EQ(host.http.listen, "[::1]:0");
  EXPECT_EQ(host.http.max_body_bytes, 1u << 20);
  EXPECT_EQ(host.http.max_head_bytes, 32u << 10);
  EXPECT_EQ(host.http.connections + host.http.queue, 30u);
  EXPECT_EQ(host.http.timeout, 30s);
  EXPECT_EQ(host.zmq.listen, "tcp://*:9");
  EXPECT_EQ(host.zmq.queue, 5u);
  EXPECT_EQ(host.engine.max_instances + host.engine.queue + host.engine.lane_queue + host.engine.batch, 88u);
  EXPECT_EQ(host.engine.step_timeout, 60s);
  EXPECT_EQ(host.engine.drain, 0s);
  EXPECT_EQ(host.engine.keep, 24h * 90);
  EXPECT_EQ(host.events.keep, 1h);
  EXPECT_EQ(host.quarantine.crashes, 1);
  EXPECT_EQ(host.log.level, "debug");
  EXPECT_EQ(host.log.file, "/srv/jackfield/log");
  const Plugin& resource = host.plugins.at("resource");
  EXPECT_EQ(resource.isolation, Isolation::process);
  EXPECT_EQ(resource.threads, 3);
  EXPECT_EQ(resource.settings.at("numbers"), "data/numbers.csv");
  EXPECT_EQ(resource.settings.at("hold"), "30m");
  const Adapter& credit = host.adapter("credit");
  EXPECT_EQ(credit.timeout, 500ms);
  EXPECT_EQ(credit.retries, 0);
  EXPECT_EQ(credit.backoff_first, 1s);
  EXPECT_EQ(credit.backoff_most, 2min);
  EXPECT_EQ(credit.give_up, 24h);
  EXPECT_EQ(credit.settings.at("url"), "http://127.0.0.1:1");
  EXPECT_TRUE(host.adapters.count("billing") > 0 && host.adapters.at("billing").settings.empty());
}

TEST_F(LoadTest, TellsEverythingThatIsWrongAtOnce) {
  const Loaded loaded = from(R"(http:
  lisen: 127.0.0.1:1
  max_body: 64KB
  queue: many
zone: Mars/Olympus
events: {keep: 1 day}
quarantine: {crashes: 0}
log: {level: verbos}
zmq: {listen: "127.0.0.1:7115"}
htp: {}
adapters:
  credit: {retries: -1, backoff: 30s..1s, isolation: proces}
)");
  EXPECT_EQ(told(loaded),
            "2:3 JF003 unknown key 'lisen' in 'http' (did you mean 'listen'?)\n"
            "3:13 JF007 max_body: found '64KB', expected a size such as 64KiB or 1MiB\n"
            "4:10 JF005 queue: found text, expected a whole number\n"
            "5:7 JF010 zone: found 'Mars/Olympus', expected a time zone such as Asia/Shanghai (package tzdata)\n"
            "6:16 JF006 keep: found '1 day', expected a duration such as 500ms, 5s, 30m, 24h or 90d\n"
            "7:23 JF008 crashes: found 0, expected 1 to 1000\n"
            "8:14 JF011 level: found 'verbos', expected one of trace, debug, info, warn, error\n"
            "9:15 JF009 listen: found '127.0.0.1:7115', expected tcp://ADDRESS:PORT such as tcp://127.0.0.1:7115, or "
            "ipc://PATH\n"
            "10:1 JF003 unknown key 'htp' (did you mean 'http'?)\n"
            "12:21 JF008 retries: found -1, expected 0 to 1000\n"
            "12:34 JF006 backoff: found '30s..1s', expected two durations, the shorter first, such as 100ms..30s\n"
            "12:54 JF011 isolation: found 'proces', expected one of pool, process (did you mean 'process'?)\n");
}

TEST_F(LoadTest, ShowsTheSourceLineAndACaret) {
  const Loaded loaded = from("zone: Asia/Shanghai\nhttp:\n  lisen: 127.0.0.1:1  # 监听\n");
  ASSERT_EQ(loaded.findings.size(), 1u);
  EXPECT_EQ(flow::format(loaded.findings[0]),
            "host.yaml:3:3: error[JF003]: unknown key 'lisen' in 'http' (did you mean 'listen'?)\n"
            "  lisen: 127.0.0.1:1  # 监听\n"
            "  ^");
  const flow::Value json = to_json(loaded.findings);
  EXPECT_EQ(json.at(0).at("file"), "host.yaml");
  EXPECT_EQ(json.at(0).at("line"), 3);
  EXPECT_EQ(json.at(0).at("column"), 3);
  EXPECT_EQ(json.at(0).at("code"), "JF003");
  EXPECT_EQ(json.at(0).at("severity"), "error");
}

TEST_F(LoadTest, CountsColumnsInCharacters) {
  const Loaded loaded = from("log: {file: '日志', levl: info}\n");
  EXPECT_EQ(told(loaded), "1:19 JF003 unknown key 'levl' in 'log' (did you mean 'level'?)\n");
}

TEST_F(LoadTest, RefusesWhatIsNoMap) {
  EXPECT_EQ(told(from("http: 5\n")), "1:7 JF005 http: found a number, expected a map\n");
  EXPECT_EQ(told(from("plugins: [a]\n")), "1:10 JF005 plugins: found a list, expected a map, a block an id\n");
  EXPECT_EQ(told(from("plugins: {resource: yes please}\n")),
            "1:21 JF005 resource: found text, expected a map of settings\n");
  EXPECT_EQ(told(from("- 1\n")), "1:1 JF005 found no map, expected keys such as 'store:' and 'http:'\n");
  EXPECT_EQ(told(from("zone: {a: b}\n")), "1:7 JF005 zone: found a map, expected text\n");
}

TEST_F(LoadTest, RefusesBrokenYamlByPlace) {
  const Loaded loaded = from("http:\n  listen: [1, 2\nzone: x\n");
  ASSERT_EQ(loaded.findings.size(), 1u) << told(loaded);
  EXPECT_EQ(loaded.findings[0].code, "JF002");
  EXPECT_GT(loaded.findings[0].line, 0);
}

TEST_F(LoadTest, RefusesAKeyThatIsThereTwice) {
  EXPECT_EQ(told(from("zone: UTC\nzone: UTC\n")), "2:1 JF004 key 'zone' is there twice (first in line 1)\n");
}

TEST_F(LoadTest, IsBoundedAgainstFilesMadeToHurt) {
  std::string bomb = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int k = 0; k < 9; ++k) bomb += ", " + before;
    bomb += "]\n";
  }
  EXPECT_NE(told(from(bomb)).find("JF015 more than 100,000 values"), std::string::npos);
  EXPECT_NE(told(from("a: " + std::string(100, '[') + std::string(100, ']') + "\n")).find("JF015 nested deeper"),
            std::string::npos);
  EXPECT_NE(told(from("a: " + std::string(20'000, '[') + "\n")).find("JF002"), std::string::npos);
  EXPECT_NE(told(from("# " + std::string(1 << 20, 'x') + "\n")).find("JF015 found 1048579 bytes"), std::string::npos);
}

TEST_F(LoadTest, OverridesAnyScalar) {
  const Loaded loaded = from("http: {listen: '127.0.0.1:1'}\nadapters: {credit: {url: 'http://a', name: '1'}}\n",
                             {"http.listen=127.0.0.1:0", "data_dir=2026", "store.url=sqlite3://{data_dir}/x=y.db",
                              "engine.batch=8", "adapters.credit.url=", "adapters.credit.name=42",
                              "adapters.credit.retries=2", "adapters.network_element.mml=tcp://127.0.0.1:1",
                              "adapters.network_element.operator=\"0007\"", "plugins.card.imsi_prefixes=[46000, 46002]",
                              "plugins.resource.isolation=process", "adapters.finance.directory={data_dir}/finance"});
  ASSERT_TRUE(loaded.good()) << told(loaded);
  const Host& host = loaded.host;
  EXPECT_EQ(host.http.listen, "127.0.0.1:0");
  EXPECT_EQ(host.data_dir, "2026");
  EXPECT_EQ(host.store.url, "sqlite3://2026/x=y.db");
  EXPECT_EQ(host.engine.batch, 8u);
  EXPECT_EQ(host.adapters.at("credit").settings.at("url"), "");
  EXPECT_EQ(host.adapters.at("credit").settings.at("name"), "42");  // text stays text
  EXPECT_EQ(host.adapter("credit").retries, 2);
  EXPECT_EQ(host.adapters.at("network_element").settings.at("mml"), "tcp://127.0.0.1:1");
  EXPECT_EQ(host.adapters.at("network_element").settings.at("operator"), "0007");
  EXPECT_EQ(host.plugins.at("card").settings.at("imsi_prefixes").dump(), "[46000,46002]");
  EXPECT_EQ(host.plugins.at("resource").isolation, Isolation::process);
  EXPECT_EQ(host.adapters.at("finance").settings.at("directory"), "2026/finance");
}

TEST_F(LoadTest, RefusesAnOverrideThatNamesNothing) {
  const Loaded loaded = from("store: {busy_timeout: 1s}\n",
                             {"http.lisen=x", "nothing", ".a=b", "store=x", "http.listen.port=1", "engine.batch=many"});
  EXPECT_EQ(told(loaded),
            "--set nothing JF014 found no path and value, expected path.to.key=value\n"
            "--set .a JF014 found no path and value, expected path.to.key=value\n"
            "--set store JF014 found a map there, expected a single value to override; name one of its keys\n"
            "--set http.listen.port JF005 listen: found a map, expected text\n"
            "--set engine.batch JF005 batch: found text, expected a whole number\n"
            "--set http.lisen JF003 unknown key 'lisen' in 'http' (did you mean 'listen'?)\n");
  ASSERT_FALSE(loaded.findings.empty());
  EXPECT_EQ(flow::format(loaded.findings.back()),
            "--set http.lisen: error[JF003]: unknown key 'lisen' in 'http' (did you mean 'listen'?)");
}

TEST_F(LoadTest, ResolvesSecretsInBlocksAndInTheStoresUrl) {
  ::setenv("JACKFIELD_TEST_SECRET", "s3cret\n", 1);
  std::ofstream(dir_ / "password", std::ios::binary) << "hunter2\n\n";
  const Loaded loaded = from(R"(
store: {url: {env: JACKFIELD_TEST_URL}}
adapters:
  network_element: {password: {file: password}, deep: {list: [{env: JACKFIELD_TEST_SECRET}]}}
)", {"adapters.credit.token={env: JACKFIELD_TEST_SECRET}"});
  EXPECT_EQ(told(loaded), "2:14 JF013 environment variable JACKFIELD_TEST_URL is not set; set it, or name another\n");
  const Host& host = loaded.host;
  EXPECT_EQ(host.adapters.at("network_element").settings.at("password"), "hunter2\n");  // the last newline alone goes
  EXPECT_EQ(host.adapters.at("network_element").settings.at("deep").at("list").at(0), "s3cret\n");
  EXPECT_EQ(host.adapters.at("credit").settings.at("token"), "s3cret\n");
  ::setenv("JACKFIELD_TEST_URL", "postgresql://me:pw@db/x", 1);
  EXPECT_EQ(load(dir_).host.store.url, "postgresql://me:pw@db/x");
  ::unsetenv("JACKFIELD_TEST_URL");
  ::unsetenv("JACKFIELD_TEST_SECRET");
}

TEST_F(LoadTest, ASecretThatIsEmptyIsNone) {
  ::setenv("JACKFIELD_TEST_EMPTY", "", 1);
  std::ofstream(dir_ / "empty", std::ios::binary) << "\n";
  const Loaded loaded = from("adapters: {a: {b: {env: JACKFIELD_TEST_EMPTY}, c: {file: empty}}}\n");
  EXPECT_NE(told(loaded).find("JF013 environment variable JACKFIELD_TEST_EMPTY is set, but empty"), std::string::npos)
      << told(loaded);
  EXPECT_NE(told(loaded).find("/empty is empty; write the secret into it"), std::string::npos) << told(loaded);
  ::unsetenv("JACKFIELD_TEST_EMPTY");
}

TEST_F(LoadTest, ResolvesSecretsNowhereElse) {
  EXPECT_EQ(told(from("zone: {env: HOME}\n")), "1:7 JF005 zone: found a map, expected text\n");
  EXPECT_NE(told(from("adapters: {a: {b: {file: nowhere}}}\n")).find("JF013 found no file of at most 64 KiB at "),
            std::string::npos);
}

TEST_F(LoadTest, ShowsNoSecretInAFinding) {
  const Loaded loaded = from("store:\n  url: mysql://me:hunter2@db/x\nadapters:\n  a:\n    password: hunter2\n"
                             "    retries: x\n");
  std::string shown = told(loaded);
  for (const flow::Finding& finding : loaded.findings) shown += flow::format(finding);
  shown += flow::format(loaded.marks.finding("/adapters/a/password", code::bad_setting, "expected a number"));
  EXPECT_EQ(shown.find("hunter2"), std::string::npos) << shown;
  EXPECT_NE(shown.find("2:8 JF012 url: found a URL of no known store"), std::string::npos) << shown;
}

TEST_F(LoadTest, LeadsFromAPointerToThePlace) {
  const Loaded loaded = from("adapters:\n  credit:\n    url: 5\nplugins:\n  card: {prefixes: [a, b]}\n",
                             {"adapters.billing.url=x"});
  ASSERT_TRUE(loaded.good()) << told(loaded);
  const auto where = [&](const char* pointer) {
    const flow::Finding finding = loaded.marks.finding(pointer, code::bad_setting, "expected text");
    return finding.file + ":" + std::to_string(finding.line) + ":" + std::to_string(finding.column);
  };
  EXPECT_EQ(where("/adapters/credit/url"), "host.yaml:3:10");
  EXPECT_EQ(where("/adapters/credit/missing"), "host.yaml:2:3");  // the block itself
  EXPECT_EQ(where("/plugins/card/prefixes/1"), "host.yaml:5:24");
  EXPECT_EQ(where("/adapters/billing/url"), "--set adapters.billing.url:0:0");
  EXPECT_EQ(where("/nowhere"), "host.yaml:0:0");
  EXPECT_EQ(loaded.marks.key("/adapters/credit/url").column, 5);
}

TEST_F(LoadTest, TakesBlocksOfPluginsItDoesNotKnow) {
  const Loaded loaded = from("plugins: {no-such-plugin: {whatever: {deep: [1, 2.5, true, null, '007', 007]}}}\n");
  ASSERT_TRUE(loaded.good()) << told(loaded);
  EXPECT_EQ(loaded.host.plugins.at("no-such-plugin").settings.dump(),
            R"({"whatever":{"deep":[1,2.5,true,null,"007","007"]}})");
}

}  // namespace
}  // namespace jackfield::config
