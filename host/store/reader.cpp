// The read-only side of the store: every question the engine, the API and the command line ask.
#include "store/dialect.hpp"
#include "store/packed.hpp"
#include "store/schema.hpp"
#include "store/select.hpp"

#include <algorithm>
#include <map>
#include <type_traits>
#include <utility>

namespace jackfield::store {
namespace {

using Parameters = std::vector<Select::Parameter>;

const std::string instance_columns =
    "i.id, i.flow, i.definition, i.state, i.order_key, i.idempotency_key, i.body_digest, i.created_ms, i.updated_ms,"
    " i.wake, i.wake_at_ms";
const std::string instance_kinds = "tttttttiiii";
const char* const not_ended = "state IN ('running', 'waiting', 'held')";

InstanceRow instance_row(const Select& row) {
  InstanceRow out;
  out.id = row.text(0);
  out.flow = row.text(1);
  out.definition = row.text(2);
  out.state = row.text(3);
  out.key = row.text(4);
  out.idempotency_key = row.text(5);
  out.body_digest = row.text(6);
  out.created_ms = row.integer(7);
  out.updated_ms = row.integer(8);
  out.wake = static_cast<Wake>(row.integer(9));
  if (!row.null(10)) out.wake_at_ms = row.integer(10);
  return out;
}

class SqlReader final : public Reader {
 public:
  explicit SqlReader(const Options& options) : dialect_(dialect(options)), say_(options.say) {
    ask("open it for reading", [&] { return 0; });
  }

  std::optional<InstanceRow> instance(const std::string& id) override {
    return one<InstanceRow>("SELECT " + instance_columns + " FROM instances AS i WHERE i.id = :p0", {id},
                            instance_kinds, instance_row);
  }

  std::optional<InstanceRow> by_idempotency_key(const std::string& flow, const std::string& key) override {
    return one<InstanceRow>("SELECT " + instance_columns + " FROM instances AS i WHERE i.flow = :p0 AND"
                            " i.idempotency_key = :p1", {flow, key}, instance_kinds, instance_row);
  }

  std::vector<JournalRow> journal(const std::string& id) override {
    // One statement, one snapshot. Of an instance that is not busy nothing is in the log alone; that is asked first, so
    // that only for a busy one the log's bytes are looked through.
    struct Found {
      std::int64_t seq, last;
      Bytes events;
    };
    const std::string events = dialect_->bytes_column("events");
    const auto found = all<Found>("SELECT seq, last, " + events + " FROM journal WHERE instance = :p0 UNION ALL"
                                  " SELECT -1, -1, " + events + " FROM log WHERE EXISTS (SELECT 1 FROM instances WHERE"
                                  " id = :p1 AND wake = 1) AND " + dialect_->has("events", ":p2"), {id, id, id},
                                  "iit", [&](const Select& row) {
      return Found{row.integer(0), row.integer(1), dialect_->bytes(row.text(2))};
    });
    std::vector<JournalRow> rows;
    for (const Found& one : found) {
      const std::string_view packed(reinterpret_cast<const char*>(one.events.data()), one.events.size());
      const auto unpack = [&](const Run& run) {
        if (run.instance == id) unpack_events(run, dialect_->place(), rows);
      };
      if (one.seq < 0) {
        unpack_log(packed, dialect_->place(), unpack);
      } else {
        unpack(chunk_run(id, one.seq, one.last, packed, dialect_->place()));
      }
    }
    // The log keeps rows until it needs their place: what has gone into a chunk since stands in both.
    std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.seq < b.seq; });
    rows.erase(std::unique(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.seq == b.seq; }),
               rows.end());
    return rows;
  }

  std::vector<InstanceRow> list(const InstanceQuery& query) override {
    std::string text = "SELECT " + instance_columns + " FROM ";
    Parameters parameters;
    std::string where;
    const auto condition = [&](const std::string& column, const char* operation, const std::string& value) {
      if (value.empty()) return;
      where += (where.empty() ? " WHERE " : " AND ") + column + operation + ":p" + std::to_string(parameters.size());
      parameters.emplace_back(value);
    };
    const bool by_number = !query.msisdn.empty();
    text += by_number ? "numbers AS n JOIN instances AS i ON i.id = n.instance" : "instances AS i";
    const std::string id = by_number ? "n.instance" : "i.id";
    condition("n.msisdn", " = ", query.msisdn);
    condition("i.flow", " = ", query.flow);
    condition("i.state", " = ", query.state);
    // state_counts has every flow: the index of idempotency keys begins with it. CROSS JOIN: SQLite goes through
    // state_counts first, and not through all keys.
    if (!query.key.empty()) {
      const std::string first = ":p" + std::to_string(parameters.size());
      const std::string second = ":p" + std::to_string(parameters.size() + 1);
      where += (where.empty() ? " WHERE " : " AND ") + id +
               " IN (SELECT id FROM instances WHERE order_key = " + first + " AND order_key <> ''" +
               " UNION SELECT k.id FROM state_counts AS c CROSS JOIN instances AS k WHERE k.flow = c.flow"
               " AND k.idempotency_key = " + second + " AND k.idempotency_key IS NOT NULL)";
      parameters.emplace_back(query.key);
      parameters.emplace_back(query.key);
    }
    condition(id, " < ", query.after);
    parameters.emplace_back(static_cast<std::int64_t>(query.limit));
    text += where + " ORDER BY " + id + " DESC LIMIT :p" + std::to_string(parameters.size() - 1);
    return all<InstanceRow>(text, parameters, instance_kinds, instance_row);
  }

  std::vector<StateCount> counts() override {
    return all<StateCount>("SELECT flow, state, total FROM state_counts WHERE total <> 0 ORDER BY flow, state", {},
                           "tti", [](const Select& row) {
      return StateCount{row.text(0), row.text(1), row.integer(2)};
    });
  }

  std::vector<std::string> busy(const std::string& after, std::size_t limit) override {
    return all<std::string>("SELECT id FROM instances WHERE wake = 1 AND wake > 0 AND id > :p0 ORDER BY id LIMIT :p1",
                            {after, static_cast<std::int64_t>(limit)}, "t",
                            [](const Select& row) { return row.text(0); });
  }

  std::vector<Due> due(const Due& after, std::int64_t until_ms, std::size_t limit) override {
    return all<Due>("SELECT id, wake_at_ms FROM instances WHERE (wake_at_ms, id) > (:p0, :p1) AND wake_at_ms <= :p2"
                    " AND wake_at_ms IS NOT NULL ORDER BY wake_at_ms, id LIMIT :p3",
                    {after.wake_at_ms, after.id, until_ms, static_cast<std::int64_t>(limit)}, "ti",
                    [](const Select& row) { return Due{row.integer(1), row.text(0)}; });
  }

  std::vector<std::string> stranded() override {
    return all<std::string>(
        std::string("SELECT id FROM instances WHERE wake = 0 AND ") + not_ended +
            " UNION ALL SELECT id FROM instances WHERE wake = 2 AND wake > 0 AND wake_at_ms IS NULL"
            " UNION ALL SELECT id FROM instances AS i WHERE wake = 3 AND wake > 0 AND wake_at_ms IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM awaits AS a WHERE a.instance = i.id)"
            " ORDER BY 1",
        {}, "t", [](const Select& row) { return row.text(0); });
  }

  std::optional<AwaitRow> awaiting(const std::string& name, const std::string& correlation,
                                   const std::string& after) override {
    return one<AwaitRow>("SELECT instance, token FROM awaits WHERE name = :p0 AND correlation = :p1 AND instance > :p2"
                         " ORDER BY instance, token LIMIT 1", {name, correlation, after}, "ti", [&](const Select& row) {
      return AwaitRow{name, correlation, row.text(0), static_cast<std::uint32_t>(row.integer(1))};
    });
  }

  std::vector<EventRow> early(const std::string& name, const std::string& correlation) override {
    return events("name = :p0 AND correlation = :p1 AND instance = '' ORDER BY received_ms, id", {name, correlation});
  }

  std::optional<EventRow> event(const std::string& name, const std::string& id) override {
    return first(events("name = :p0 AND id = :p1", {name, id}));
  }

  std::vector<EventRow> expired(std::int64_t now_ms, std::size_t limit) override {
    return events("instance = '' AND expires_ms <= :p0 ORDER BY expires_ms, name, id LIMIT :p1",
                  {now_ms, static_cast<std::int64_t>(limit)});
  }

  std::optional<DeadLetterRow> dead_letter(const std::string& id) override {
    return first(letters("WHERE id = :p0", {id}));
  }

  std::vector<DeadLetterRow> dead_letters(const std::string& after, std::size_t limit) override {
    const auto most = static_cast<std::int64_t>(limit);
    if (after.empty()) return letters("ORDER BY id DESC LIMIT :p0", {most});
    return letters("WHERE id < :p0 ORDER BY id DESC LIMIT :p1", {after, most});
  }

  std::int64_t dead_letter_count() override {
    return one<std::int64_t>("SELECT count(*) FROM dead_letters", {}, "i",
                             [](const Select& row) { return row.integer(0); }).value_or(0);
  }

  std::optional<DefinitionRow> definition(const std::string& hash) override {
    return one<DefinitionRow>("SELECT flow, version, " + dialect_->bytes_column("graph") + ", created_ms"
                              " FROM definitions WHERE hash = :p0", {hash}, "titi", [&](const Select& row) {
      return DefinitionRow{hash, row.text(0), row.integer(1), dialect_->bytes(row.text(2)), row.integer(3)};
    });
  }

 private:
  std::vector<EventRow> events(const std::string& where, const Parameters& parameters) {
    const std::string text = "SELECT name, id, correlation, " + dialect_->bytes_column("body") +
                             ", digest, received_ms, expires_ms, instance FROM events WHERE " + where;
    return all<EventRow>(text, parameters, "tttttiit", [this](const Select& row) {
      return EventRow{row.text(1), row.text(0), row.text(2), dialect_->bytes(row.text(3)), row.text(4),
                      row.integer(5), row.integer(6), row.text(7)};
    });
  }

  std::vector<DeadLetterRow> letters(const std::string& rest, const Parameters& parameters) {
    const std::string text = "SELECT id, kind, instance, flow, node, step, effect_key, code, reason, token, " +
                             dialect_->bytes_column("body") + ", created_ms, name, correlation FROM dead_letters " +
                             rest;
    return all<DeadLetterRow>(text, parameters, "tttttttttititt", [this](const Select& row) {
      return DeadLetterRow{row.text(0), row.text(1), row.text(2), row.text(3), row.text(4), row.text(5), row.text(6),
                           row.text(7), row.text(8), static_cast<std::uint32_t>(row.integer(9)),
                           dialect_->bytes(row.text(10)), row.integer(11), row.text(12), row.text(13)};
    });
  }

  template <typename Row>
  static std::optional<Row> first(std::vector<Row> rows) {
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  }

  template <typename Row, typename Make>
  std::vector<Row> all(const std::string& text, const Parameters& parameters, const std::string& kinds, Make make) {
    return ask("read", [&] {
      std::vector<Row> rows;
      auto found = selects_.find(text);
      if (found == selects_.end()) {
        found = selects_.try_emplace(text, *sql_, text, parameters, kinds).first;
      }
      Select& select = found->second;
      select.start(parameters);
      while (select.next()) rows.push_back(make(select));
      return rows;
    });
  }

  template <typename Row, typename Make>
  std::optional<Row> one(const std::string& text, const Parameters& parameters, const std::string& kinds, Make make) {
    return first(all<Row>(text, parameters, kinds, make));
  }

  /// Connects where there is no connection (yet, or any more), asks, and drops the connection where asking failed:
  /// a reader holds nothing that could be lost.
  template <typename Question>
  std::invoke_result_t<Question> ask(const char* tried, Question question) {
    try {
      if (!sql_) connect();
      return question();
    } catch (const soci::soci_error& error) {
      const StoreError explained = dialect_->explain(tried, error);
      if (explained.kind == StoreError::Kind::corrupt && say_) say_(explained.what());  // whoever asked may be a client
      disconnect();
      throw explained;
    } catch (...) {
      disconnect();
      throw;
    }
  }

  void connect() {
    sql_ = std::make_unique<soci::session>();
    dialect_->connect(*sql_, Role::reader);
    check_schema(*sql_, *dialect_);
  }

  void disconnect() {
    selects_.clear();
    sql_.reset();
  }

  std::unique_ptr<Dialect> dialect_;
  std::function<void(const std::string&)> say_;
  std::unique_ptr<soci::session> sql_;
  std::map<std::string, Select> selects_;  // by their text: some two dozen, and the forms of list()
};

}  // namespace

std::unique_ptr<Reader> open_reader(const Options& options) { return std::make_unique<SqlReader>(options); }

}  // namespace jackfield::store
