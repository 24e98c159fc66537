// An engine of the test's own making: it remembers what it was asked, and answers at once, or when the test says so.
#pragma once

#include "engine/gate.hpp"
#include "engine/view.hpp"
#include "flow/order_schema.hpp"
#include "http/server.hpp"
#include "store/store.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>

namespace jackfield::http::testing {

using engine::Op;
using engine::Reply;
using engine::Request;
using flow::Value;

inline Reply reply(int status, Value body) {
  Reply made;
  made.status = status;
  made.body = std::move(body);
  return made;
}

/// What a request is answered with; empty: held until release(). May be changed while requests come.
class Respond {
 public:
  using Function = std::function<std::optional<Reply>(const Request&)>;
  Respond& operator=(Function function) {
    const std::lock_guard lock(mutex_);
    function_ = std::move(function);
    return *this;
  }
  std::optional<Reply> operator()(const Request& request) {
    const std::lock_guard lock(mutex_);
    return function_(request);
  }

 private:
  std::mutex mutex_;
  Function function_ = [](const Request&) { return reply(200, {{"id", "I1"}}); };
};

class FakeGate : public engine::Gate {
 public:
  using Answer = std::function<void(Reply)>;
  Respond respond;
  std::atomic<bool> is_ready{true}, full{false}, is_stopping{false};

  std::unique_ptr<engine::Client> client() override { return std::make_unique<FakeClient>(*this); }
  bool ready() const override { return is_ready; }
  bool stopping() const override { return is_stopping; }

  std::vector<Request> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  Request last() {
    const auto all = asked();
    return all.empty() ? Request{} : all.back();
  }
  /// Waits until so many requests are held.
  void await_held(std::size_t count) {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, std::chrono::seconds(20), [&] { return held_.size() >= count; });
  }
  void await_asked(std::size_t count) {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, std::chrono::seconds(20), [&] { return asked_.size() >= count; });
  }
  /// Answers the oldest held request, on the caller's thread.
  void release(Reply with) { take(true)(std::move(with)); }
  void release_newest(Reply with) { take(false)(std::move(with)); }

 private:
  class FakeClient : public engine::Client {
   public:
    explicit FakeClient(FakeGate& gate) : gate_(gate) {}
    bool ask(Request request, Answer answer) override {
      if (gate_.full) return false;
      auto now = gate_.respond(request);
      {
        const std::lock_guard lock(gate_.mutex_);
        gate_.asked_.push_back(std::move(request));
        if (!now) gate_.held_.push_back(std::move(answer));
      }
      gate_.came_.notify_all();
      if (now) answer(std::move(*now));
      return true;
    }

   private:
    FakeGate& gate_;
  };

  Answer take(bool oldest) {
    const std::lock_guard lock(mutex_);
    Answer answer = oldest ? std::move(held_.front()) : std::move(held_.back());
    oldest ? held_.pop_front() : held_.pop_back();
    return answer;
  }

  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Request> asked_;
  std::deque<Answer> held_;
};

class FakeViewer : public engine::Viewer {
 public:
  Value instance(store::Reader&, const store::InstanceRow& row) override {
    return {{"id", row.id}, {"flow", row.flow}, {"state", row.state}};
  }
  std::shared_ptr<const flow::OrderSchema> schema(const std::string& flow) override {
    if (flow == "cursed") throw std::runtime_error("a schema that cannot be had");
    return flow == "open-account" ? schema_ : nullptr;
  }
  std::optional<std::string> graph_svg(const std::string& flow) override {
    if (flow != "open-account") return std::nullopt;
    return "<svg/>";
  }

 private:
  std::shared_ptr<const flow::OrderSchema> schema_ = std::make_shared<flow::OrderSchema>(Value::parse(R"({
    "type": "object", "required": ["channel"], "additionalProperties": false,
    "properties": {"channel": {"type": "string"}, "fee": {"type": "number"}, "text": {"type": "string"},
                   "id_number": {"type": "string", "maxLength": 18}}})"));
};

inline std::string ulid(char kind, int number) { return std::string("01") + kind + std::string(22, '0') + std::to_string(number); }

/// Ten instances, ULIDs ascending, and three dead letters.
class FakeReader : public store::Reader {
 public:
  std::optional<store::InstanceRow> instance(const std::string&) override { return {}; }
  std::vector<store::JournalRow> journal(const std::string&) override { return {}; }
  std::optional<store::InstanceRow> by_idempotency_key(const std::string&, const std::string&) override { return {}; }
  std::vector<store::InstanceRow> list(const store::InstanceQuery& query) override {
    if (query.key == "unreadable") throw store::StoreError(store::StoreError::Kind::io, "disk: no");
    if (query.key == "busy") throw store::StoreError(store::StoreError::Kind::busy, "locked");
    std::vector<store::InstanceRow> rows;
    for (int i = 9; i >= 0 && rows.size() < query.limit; --i) {
      store::InstanceRow row;
      row.id = ulid('J', i);
      row.flow = query.flow + "|" + query.msisdn;
      row.state = query.state;
      if (query.after.empty() || row.id < query.after) rows.push_back(row);
    }
    return rows;
  }
  std::vector<store::StateCount> counts() override { return {}; }
  std::vector<std::string> busy(const std::string&, std::size_t) override { return {}; }
  std::vector<store::Due> due(const store::Due&, std::int64_t, std::size_t) override { return {}; }
  std::vector<std::string> stranded() override { return {}; }
  std::optional<store::AwaitRow> awaiting(const std::string&, const std::string&, const std::string&) override {
    return {};
  }
  std::vector<store::EventRow> early(const std::string&, const std::string&) override { return {}; }
  std::optional<store::EventRow> event(const std::string&, const std::string&) override { return {}; }
  std::vector<store::EventRow> expired(std::int64_t, std::size_t) override { return {}; }
  std::optional<store::DeadLetterRow> dead_letter(const std::string& id) override {
    if (id != ulid('D', 1)) return {};
    store::DeadLetterRow row = letter(1);
    row.body = Value::to_msgpack({{"msisdn", "13800138000"}, {"customer", {{"id_number", "110105194912310021"}}}});
    return row;
  }
  std::vector<store::DeadLetterRow> dead_letters(const std::string& after, std::size_t limit) override {
    std::vector<store::DeadLetterRow> rows;
    for (int i = 3; i > 0 && rows.size() < limit; --i) {
      if (after.empty() || letter(i).id < after) rows.push_back(letter(i));
    }
    return rows;
  }
  std::int64_t dead_letter_count() override { return 3; }
  std::optional<store::DefinitionRow> definition(const std::string&) override { return {}; }

 private:
  static store::DeadLetterRow letter(int number) {
    store::DeadLetterRow row;
    row.id = ulid('D', number);
    row.kind = "step";
    row.step = "billing.notify";
    row.code = "REFUSED";
    row.created_ms = 1'795'334'400'123;
    return row;
  }
};

/// A server on a port of its own.
struct Running {
  explicit Running(Limits limits = {})
      : server({"127.0.0.1:0", limits}, gate, viewer, metrics, [] { return std::make_unique<FakeReader>(); }) {
    server.start();
  }
  FakeGate gate;
  FakeViewer viewer;
  engine::Metrics metrics;
  Server server;

  [[nodiscard]] std::uint16_t port() const { return server.port(); }
};

}  // namespace jackfield::http::testing
