#include "store/backend.hpp"

#include "store/page_sums.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

namespace jackfield::store {
namespace {

std::unique_ptr<testing::PostgresServer> server;

class StopsTheServer : public ::testing::Environment {
 public:
  void TearDown() override { server.reset(); }
};

/// Room at the end of each page, which is where sums are: byte 20 of the file says how much.
bool has_sums(const std::string& database) {
  std::ifstream file(database, std::ios::binary);
  file.seekg(20);
  return file.get() == page_sum_bytes;
}

const auto* const stops_the_server = ::testing::AddGlobalTestEnvironment(new StopsTheServer);

}  // namespace

testing::PostgresServer& postgres() {
  if (!server) server = std::make_unique<testing::PostgresServer>();
  return *server;
}

StoreTest::StoreTest() {
  std::string name = (std::filesystem::temp_directory_path() / "jackfield store XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make the temporary folder " + name);
  folder_ = name;
  options_.url = sqlite() ? "sqlite3://" + database_file() : postgres().new_database();
}

StoreTest::~StoreTest() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string StoreTest::ask(const std::string& statements) const {
  if (!sqlite()) return testing::PostgresServer::run(options_.url, statements);
  sqlite3* database = nullptr;
  std::string value;
  const auto keep = [](void* to, int columns, char** values, char**) {
    auto& text = *static_cast<std::string*>(to);
    if (text.empty() && columns > 0 && values[0] != nullptr) text = values[0];
    return 0;
  };
  const std::string file = has_sums(database_file()) ? with_page_sums(database_file()) : database_file();
  ::sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI, nullptr);
  // As every reader: it may not be the one that writes the log back.
  ::sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  const int code = ::sqlite3_exec(database, statements.c_str(), keep, &value, nullptr);
  const std::string error = ::sqlite3_errmsg(database);
  ::sqlite3_close(database);
  if (code != SQLITE_OK) throw std::runtime_error(statements + ": " + error);
  return value;
}

std::int64_t StoreTest::count(const std::string& table) const {
  return std::stoll(ask("SELECT count(*) FROM " + std::string(sqlite() ? "" : "jackfield.") + table));
}

Child::Child(const std::function<void(int pipe)>& work) {
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
  pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(pipe[0]);
    try {
      work(pipe[1]);
    } catch (const std::exception& error) {
      ::dprintf(STDERR_FILENO, "child: %s\n", error.what());
      ::_exit(1);
    }
    ::_exit(0);
  }
  ::close(pipe[1]);
  output = pipe[0];
}

Child::~Child() {
  kill();
  ::close(output);
}

void Child::kill() {
  if (pid <= 0) return;
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  pid = -1;
}

std::string id_of(int number) {
  std::string digits = std::to_string(number);
  return "01A" + std::string(6 - digits.size(), '0') + digits;
}

InstanceRow instance(const std::string& id, const std::string& flow, const std::string& state) {
  InstanceRow row;
  row.id = id;
  row.flow = flow;
  row.definition = "d1";
  row.state = state;
  row.created_ms = 1'000;
  row.updated_ms = 1'000;
  row.wake = Wake::busy;
  return row;
}

JournalRow line(const std::string& id, std::uint32_t seq, Bytes event) { return {id, seq, std::move(event)}; }

InstanceUpdate update(const std::string& id, const std::string& state, Wake wake,
                      std::optional<std::int64_t> wake_at_ms) {
  return {id, state, "", 2'000, wake, wake_at_ms};
}

}  // namespace jackfield::store
