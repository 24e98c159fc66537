// A simulator process for a C++ test: started on free ports, told and asked through its control address, ended with
// this.
//
//   jackfield::testing::Simulator credit{JACKFIELD_TEST_DIR "/simulator.py"};
//   credit.tell({{"do", "refuse"}, {"times", 1}});
//   auto plugin = host.load(jackfield_plugin_v1, R"({"url":")" + credit.address("url") + R"("})");
//   EXPECT_EQ(credit.count("applied"), 1);
//
// Thread rule: the test's thread. Errors: std::runtime_error where it does not start or refuses what it is told.
#pragma once

#include <jackfield/http_client.hpp>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace jackfield::testing {

class Simulator {
 public:
  using Json = nlohmann::json;

  explicit Simulator(const std::string& script, const std::vector<std::string>& more = {}) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    std::vector<std::string> words = {"python3", "-B", script};
    words.insert(words.end(), more.begin(), more.end());
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    process_ = ::fork();
    if (process_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(ends[1], STDOUT_FILENO);
      ::execvp(arguments[0], arguments.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    std::string line;
    char byte = 0;
    while (::read(ends[0], &byte, 1) == 1 && byte != '\n') line += byte;
    ::close(ends[0]);
    if (line.empty()) {
      end();
      throw std::runtime_error(script + " did not say its address: does it run by itself?");
    }
    addresses_ = Json::parse(line);
    control_ = std::make_unique<HttpClient>(address("control"));
  }
  ~Simulator() { end(); }
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  /// "url", or "mml" and "work_orders".
  [[nodiscard]] std::string address(const std::string& name) const { return addresses_.at(name).get<std::string>(); }

  /// A rule, or several; see behaviour.py. `system` is a part of a simulator: "work_orders".
  void tell(const Json& rules, const std::string& system = "") {
    call("POST", prefix(system) + "behaviour", rules.dump());
  }
  /// No rules any more.
  void forget_rules(const std::string& system = "") { call("DELETE", prefix(system) + "behaviour", ""); }
  /// The entries of the ledger: "?outcome=applied".
  Json ledger(const std::string& query = "", const std::string& system = "") {
    return Json::parse(call("GET", prefix(system) + "ledger" + query, "")).at("items");
  }
  std::size_t count(const std::string& outcome, const std::string& system = "") {
    return ledger("?outcome=" + outcome, system).size();
  }
  Json state(const std::string& system = "") { return Json::parse(call("GET", prefix(system) + "state", "")); }

 private:
  static std::string prefix(const std::string& system) { return "/_simulator/" + (system.empty() ? "" : system + "/"); }

  std::string call(const std::string& method, const std::string& path, const std::string& body) {
    const auto reply = control_->send(method, path, "application/json", body, std::chrono::seconds(10));
    if (reply.status / 100 != 2) throw std::runtime_error(path + ": " + std::to_string(reply.status) + " " + reply.body);
    return reply.body;
  }
  void end() {
    ::kill(process_, SIGTERM);
    ::waitpid(process_, nullptr, 0);
  }

  pid_t process_ = -1;
  Json addresses_;
  std::unique_ptr<HttpClient> control_;
};

}  // namespace jackfield::testing
