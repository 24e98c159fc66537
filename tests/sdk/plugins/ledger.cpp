// Keeps sums in a database of its own.
#include <jackfield/database.hpp>
#include <jackfield/plugin.hpp>

struct Settings {
  std::string opening;
  JF_FIELDS(opening)
};
struct Entry {
  std::string account;
  std::int64_t fen = 0;
  bool is_refused = false, is_broken = false, is_taken = false;
  JF_FIELDS((account, "whose", jackfield::required), fen, is_refused, is_broken, is_taken)
};
struct Sum {
  std::int64_t fen = 0;
  std::int64_t runs = 0;  // how often this step has run in this instance of the plugin
  std::int64_t attempt = 0;
  JF_FIELDS(fen, runs, attempt)
};

struct Books {
  Books(const Settings& settings, jackfield::Host& host)
      : database(host, R"(
          -- one row an account; 'it''s; quoted'
          CREATE TABLE IF NOT EXISTS sums (account TEXT PRIMARY KEY, fen BIGINT NOT NULL CHECK (fen < 1000000));
          CREATE TABLE IF NOT EXISTS notes (text TEXT);
        )") {
    if (settings.opening.empty()) return;
    database.transaction([&](soci::session& sql) {
      sql << "INSERT INTO sums (account, fen) VALUES (:a, 100) ON CONFLICT (account) DO NOTHING",
          soci::use(settings.opening);
      if (settings.opening == "refused") throw std::runtime_error("opening refused");
    });
  }
  std::int64_t add(const Entry& entry) {
    auto& sql = database.sql();
    long long fen = 0;
    const long long by = entry.fen;
    sql << "INSERT INTO sums (account, fen) VALUES (:a, :f) ON CONFLICT (account) DO UPDATE SET fen = sums.fen + "
           "excluded.fen RETURNING fen",
        soci::use(entry.account), soci::use(by), soci::into(fen);
    if (entry.is_refused) throw jackfield::Reject{"REFUSED", "refused after it was written"};
    if (entry.is_broken) sql << "INSERT INTO nowhere VALUES (1)";
    return fen;
  }
  jackfield::Database database;
  std::int64_t runs = 0;
};

struct Add : jackfield::Step<Settings, Entry, Sum, Books> {
  static constexpr auto info = jackfield::step("ledger.add", "Adds, once a key").keyed();
  Sum run(const Entry& entry, jackfield::Context& ctx) {
    ++shared.runs;
    return {shared.add(entry), shared.runs, ctx.attempt()};
  }
};
struct Read : jackfield::Step<Settings, Entry, Sum, Books> {
  static constexpr auto info = jackfield::step("ledger.read", "Reads a sum");
  Sum run(const Entry& entry, jackfield::Context& ctx) {
    long long fen = -1;
    shared.database.sql() << "SELECT fen FROM sums WHERE account = :a", soci::use(entry.account), soci::into(fen);
    return {fen, shared.runs, ctx.attempt()};
  }
};
struct AddAll : jackfield::BatchStep<Settings, Entry, Sum, Books> {
  static constexpr auto info = jackfield::step("ledger.add_all", "Adds many at once").keyed();
  std::vector<jackfield::Answer<Sum>> run(std::span<const jackfield::Task<Entry>> tasks) {
    ++shared.runs;
    std::vector<jackfield::Answer<Sum>> answers;
    for (const auto& task : tasks) {
      if (task.in.is_taken)
        answers.push_back(jackfield::Reject{"TAKEN", "nothing was written"});
      else
        answers.push_back(Sum{shared.add(task.in), shared.runs, task.ctx.attempt()});
    }
    return answers;
  }
};
/// Breaks the transaction as a whole: what a lost connection does.
struct Spoil : jackfield::Step<Settings, Entry, Sum, Books> {
  static constexpr auto info =
      jackfield::step("ledger.spoil", "Ends the transaction behind the SDK's back").idempotent();
  Sum run(const Entry&, jackfield::Context&) {
    shared.database.sql() << "ROLLBACK";
    return {};
  }
};

JACKFIELD_PLUGIN("ledger", "1.0.0", Add, Read, AddAll, Spoil)
