#include "store/migration.hpp"

#include "store/packed.hpp"
#include "store/select.hpp"

namespace jackfield::store {
namespace {

constexpr std::int64_t rows_a_read = 5'000;
constexpr std::size_t chunk_most = 256u << 10;

/// Rows of the old journal into chunks of the new one, in the order of (instance, seq).
class Chunks {
 public:
  explicit Chunks(std::unique_ptr<Bulk> bulk) : bulk_(std::move(bulk)) {}

  void add(const std::string& instance, std::uint32_t seq, const Bytes& event) {
    if (begun_ && (instance != chunk_.instance || seq != chunk_.last + 1 || chunk_.events.size() >= chunk_most)) end();
    if (!begun_) chunk_ = {instance, seq, seq, {}};
    begun_ = true;
    chunk_.last = seq;
    append_event(chunk_.events, event);
  }

  void write() { bulk_->flush(); }

  void end() {
    if (begun_) bulk_->text(chunk_.instance).integer(chunk_.seq).integer(chunk_.last).bytes(std::move(chunk_.events));
    begun_ = false;
  }

 private:
  std::unique_ptr<Bulk> bulk_;
  Chunk chunk_;
  bool begun_ = false;
};

void pack_journal(soci::session& sql, const Dialect& dialect) {
  Chunks chunks(dialect.bulk(
      sql,
      {Shape::Verb::insert,
       "journal",
       {{"instance"}, {"seq", Field::Kind::integer}, {"last", Field::Kind::integer}, {"events", Field::Kind::bytes}},
       ""}));
  Select rows(sql,
              "SELECT instance, seq, " + dialect.bytes_column("event") +
                  " FROM journal_1 WHERE"
                  " (instance, seq) > (:p0, :p1) ORDER BY instance, seq LIMIT :p2",
              {"", std::int64_t{0}, std::int64_t{0}}, "tit");
  std::string instance;
  std::int64_t seq = -1;
  for (std::int64_t read = rows_a_read; read == rows_a_read;) {
    read = 0;
    rows.start({instance, seq, rows_a_read});
    for (; rows.next(); ++read) {
      instance = rows.text(0);
      seq = rows.integer(1);
      chunks.add(instance, static_cast<std::uint32_t>(seq), dialect.bytes(rows.text(2)));
    }
    chunks.write();
  }
  chunks.end();
  chunks.write();
}

}  // namespace

void lead_from_1_to_2(soci::session& sql, const Dialect& dialect) {
  sql << "ALTER TABLE journal RENAME TO journal_1";
  sql << dialect.table(journal_table);
  sql << dialect.table(log_table);
  pack_journal(sql, dialect);
  for (const std::string& statement : dialect.guarding()) sql << statement;
  sql << "DROP TABLE journal_1";
}

}  // namespace jackfield::store
