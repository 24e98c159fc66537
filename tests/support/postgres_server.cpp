#include "support/postgres_server.hpp"

#include <libpq-fe.h>

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <vector>

namespace jackfield::testing {
namespace {

namespace fs = std::filesystem;

fs::path programs() {
  for (const int version : {17, 16, 15, 14, 13}) {
    const fs::path folder = "/usr/lib/postgresql/" + std::to_string(version) + "/bin";
    if (fs::exists(folder / "initdb")) return folder;
  }
  throw std::runtime_error("no PostgreSQL found in /usr/lib/postgresql; install the package postgresql");
}

const passwd& server_user() {
  static const passwd* user = ::getpwnam("postgres");
  if (user == nullptr) throw std::runtime_error("no user postgres: install the package postgresql");
  return *user;
}

/// Starts a program whose output goes to `output`; as user postgres where we are root.
pid_t spawn(const std::vector<std::string>& command, int output) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const bool root = ::geteuid() == 0;
  const passwd* user = root ? &server_user() : nullptr;
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child != 0) return child;
  if (root && (::setgroups(0, nullptr) != 0 || ::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0))
      ::_exit(126);
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);  // after setuid, which clears it; SIGQUIT: PostgreSQL's immediate shutdown
  if (::getppid() != parent) ::_exit(125);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::close(output);
  if (::chdir("/") != 0) ::_exit(124);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

std::string read_all(int from) {
  std::string text;
  char block[4096];
  for (ssize_t size; (size = ::read(from, block, sizeof block)) > 0;) text.append(block,
      static_cast<std::size_t>(size));
  return text;
}

}  // namespace

PostgresServer::PostgresServer() {
  std::string name = (fs::temp_directory_path() / "jackfield-postgres-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make the temporary folder " + name);
  folder_ = name;
  if (::geteuid() == 0 && ::chown(name.c_str(), server_user().pw_uid, server_user().pw_gid) != 0) {
    throw std::runtime_error("cannot give " + name + " to user postgres");
  }
  initialise();
  start();
}

PostgresServer::~PostgresServer() {
  if (server_ > 0) {
    ::kill(server_, SIGINT);
    ::waitpid(server_, nullptr, 0);
  }
  if (drain_.joinable()) drain_.join();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void PostgresServer::initialise() {
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
  const pid_t child = spawn({(programs() / "initdb").string(), "-D", (folder_ / "data").string(), "-U", "postgres",
      "-A",
                             "trust", "-E", "UTF8", "--no-locale", "--no-sync"}, pipe[1]);
  ::close(pipe[1]);
  const std::string said = read_all(pipe[0]);
  ::close(pipe[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0) throw std::runtime_error("initdb failed: " + said);
}

void PostgresServer::start() {
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
  server_ = spawn({(programs() / "postgres").string(), "-D", (folder_ / "data").string(), "-k", folder_.string(), "-c",
                   "listen_addresses=", "-c", "max_connections=40", "-c", "shared_buffers=32MB"}, pipe[1]);
  ::close(pipe[1]);
  await_ready(pipe[0]);
  drain_ = std::thread([log = pipe[0]] {
    read_all(log);
    ::close(log);
  });
}

void PostgresServer::await_ready(int log) {
  std::string said;
  char block[1024];
  while (said.find("ready to accept connections") == std::string::npos) {
    const ssize_t size = ::read(log, block, sizeof block);
    if (size <= 0) throw std::runtime_error("PostgreSQL did not start: " + said);
    said.append(block, static_cast<std::size_t>(size));
  }
}

std::string PostgresServer::new_database() {
  const std::string host = "?host=" + folder_.string();
  const std::string name = "test" + std::to_string(++databases_);
  run("postgresql://postgres@/postgres" + host, "CREATE DATABASE " + name);
  return "postgresql://postgres@/" + name + host;
}

std::string PostgresServer::run(const std::string& url, const std::string& statement) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url.c_str()), PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), statement.c_str()), PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    throw std::runtime_error(statement + ": " + PQerrorMessage(connection.get()));
  }
  const bool value = PQntuples(result.get()) > 0 && PQnfields(result.get()) > 0;
  return value ? PQgetvalue(result.get(), 0, 0) : std::string();
}

}  // namespace jackfield::testing
