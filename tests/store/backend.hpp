// The two databases under one suite: each test gets an empty store of the named kind.
#pragma once

#include "store/store.hpp"
#include "support/postgres_server.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>

namespace jackfield::store {

/// The one server of this test binary.
testing::PostgresServer& postgres();

class StoreTest : public ::testing::TestWithParam<const char*> {
 protected:
  StoreTest();
  ~StoreTest() override;

  [[nodiscard]] bool sqlite() const { return std::string(GetParam()) == "sqlite"; }
  /// Runs statements past the store; returns the first value of the last one's first row, if there is one. Tables stand
  /// without their schema: `jackfield.` is in front of them on PostgreSQL.
  std::string ask(const std::string& statements) const;
  [[nodiscard]] std::int64_t count(const std::string& table) const;

  [[nodiscard]] std::string database_file() const { return (folder_ / "jackfield.db").string(); }

  std::filesystem::path folder_;
  Options options_;
};

/// The name of a parameterised test: its database.
inline std::string name_of(const ::testing::TestParamInfo<const char*>& parameter) { return parameter.param; }

/// Runs `work` in a child process. It gets a pipe to write to; what it wrote is read from the returned end.
struct Child {
  pid_t pid = -1;
  int output = -1;

  explicit Child(const std::function<void(int pipe)>& work);
  ~Child();  // kill -9
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  void kill();
};

/// "01A000", "01A001", …: ids in the order of their numbers.
std::string id_of(int number);
InstanceRow instance(const std::string& id, const std::string& flow = "open-account",
                     const std::string& state = "running");
JournalRow line(const std::string& id, std::uint32_t seq, Bytes event = {0x81, 0x00, 0xff, '"', '\\', '{'});
InstanceUpdate update(const std::string& id, const std::string& state, Wake wake = Wake::busy,
                      std::optional<std::int64_t> wake_at_ms = std::nullopt);

/// The kind of the StoreError that `work` throws; its text goes to `text`.
template <typename Work>
std::optional<StoreError::Kind> refusal(Work work, std::string* text = nullptr) {
  try {
    work();
  } catch (const StoreError& error) {
    if (text != nullptr) *text = error.what();
    return error.kind;
  }
  return std::nullopt;
}

}  // namespace jackfield::store
