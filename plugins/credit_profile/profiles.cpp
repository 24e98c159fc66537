#include "profiles.hpp"

namespace credit_profile {
namespace {

using std::string;

constexpr const char* schema = R"(
  CREATE TABLE IF NOT EXISTS assessments (
    order_id TEXT PRIMARY KEY, customer TEXT NOT NULL, msisdn TEXT NOT NULL, grade TEXT NOT NULL,
    deposit_fen BIGINT NOT NULL, at_ms BIGINT NOT NULL);
  CREATE INDEX IF NOT EXISTS assessments_customer ON assessments (customer, at_ms);)";

}  // namespace

Profiles::Profiles(const jackfield::NoSettings&, jackfield::Host& host) : database{host, schema} {}

void Profiles::add(const Assessment& assessment, jackfield::TimePoint now) {
  const long long at_ms = now.time_since_epoch().count();
  database.sql() << "INSERT INTO assessments (order_id, customer, msisdn, grade, deposit_fen, at_ms) "
                    "VALUES (:o, :c, :m, :g, :d, :a) ON CONFLICT (order_id) DO NOTHING",
      soci::use(assessment.order), soci::use(assessment.customer), soci::use(assessment.msisdn),
      soci::use(assessment.grade), soci::use(assessment.deposit_fen), soci::use(at_ms);
}

void Profiles::remove(const string& order) {
  database.sql() << "DELETE FROM assessments WHERE order_id = :o", soci::use(order);
}

Profile Profiles::of(const string& customer) {
  Profile profile;
  auto& sql = database.sql();
  sql << "SELECT grade FROM assessments WHERE customer = :c ORDER BY at_ms DESC, order_id DESC LIMIT 1",
      soci::into(profile.grade), soci::use(customer);
  sql << "SELECT CAST(COALESCE(SUM(deposit_fen), 0) AS BIGINT) FROM assessments WHERE customer = :c",
      soci::into(profile.deposit_fen), soci::use(customer);
  return profile;
}

}  // namespace credit_profile
