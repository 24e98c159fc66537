#include "register.hpp"

#include "identity.hpp"

#include <jackfield/json.hpp>

namespace customer {
namespace {

using std::string;

long long ms(jackfield::TimePoint at) { return at.time_since_epoch().count(); }

}  // namespace

const char* Register::schema() {
  return R"(
    CREATE TABLE IF NOT EXISTS customers (
      customer TEXT PRIMARY KEY, type TEXT NOT NULL, name TEXT NOT NULL, id_type TEXT NOT NULL, id_number TEXT NOT NULL,
      address TEXT NOT NULL, phone TEXT NOT NULL, agent TEXT NOT NULL, made_by TEXT NOT NULL, made_ms BIGINT NOT NULL,
      UNIQUE (id_type, id_number));
    CREATE TABLE IF NOT EXISTS drafts (
      order_id TEXT PRIMARY KEY, customer TEXT NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL, id_type TEXT NOT NULL,
      id_number TEXT NOT NULL, address TEXT NOT NULL, phone TEXT NOT NULL, agent TEXT NOT NULL, msisdn TEXT NOT NULL,
      made_ms BIGINT NOT NULL);
    CREATE INDEX IF NOT EXISTS drafts_identity ON drafts (id_type, id_number);
    CREATE TABLE IF NOT EXISTS lines (
      order_id TEXT PRIMARY KEY, customer TEXT NOT NULL, msisdn TEXT NOT NULL, since_ms BIGINT NOT NULL);
    CREATE INDEX IF NOT EXISTS lines_customer ON lines (customer);)";
}

std::optional<string> Register::find(const string& id_type, const string& id_number) {
  string found;
  auto& sql = database_.sql();
  sql << "SELECT customer FROM customers WHERE id_type = :t AND id_number = :n", soci::into(found),
      soci::use(id_type), soci::use(id_number);
  if (!sql.got_data()) return std::nullopt;
  return found;
}

void Register::complete(Person& person, const string& customer) {
  string name;
  string address;
  string phone;
  auto& sql = database_.sql();
  sql << "SELECT name, address, phone FROM customers WHERE customer = :c", soci::into(name), soci::into(address),
      soci::into(phone), soci::use(customer);
  if (!sql.got_data()) return;
  if (!person.name) person.name = name;
  if (!person.address) person.address = address;
  if (!person.phone) person.phone = phone;
}

string Register::phone(const string& customer) {
  string phone;
  database_.sql() << "SELECT phone FROM customers WHERE customer = :c", soci::into(phone), soci::use(customer);
  return phone;
}

long long Register::count_lines(const string& id_type, const string& id_number, const string& order) {
  long long drafted = 0;
  long long real = 0;
  auto& sql = database_.sql();
  sql << "SELECT COUNT(*) FROM drafts WHERE id_type = :t AND id_number = :n AND order_id <> :o", soci::into(drafted),
      soci::use(id_type), soci::use(id_number), soci::use(order);
  sql << "SELECT COUNT(*) FROM lines WHERE order_id <> :o AND customer IN "
         "(SELECT customer FROM customers WHERE id_type = :t AND id_number = :n)",
      soci::into(real), soci::use(order), soci::use(id_type), soci::use(id_number);
  return drafted + real;
}

string Register::customer_of(const string& id_type, const string& id_number, const string& order) {
  if (const auto found = find(id_type, id_number)) return *found;
  string drafted;
  auto& sql = database_.sql();
  sql << "SELECT customer FROM drafts WHERE id_type = :t AND id_number = :n ORDER BY made_ms, order_id LIMIT 1",
      soci::into(drafted), soci::use(id_type), soci::use(id_number);
  return sql.got_data() ? drafted : "C" + order;
}

string Register::draft(const Person& person, const string& type, const string& msisdn, const string& order,
                       jackfield::TimePoint now) {
  const auto id_number = plain_id(person.id_type, person.id_number.reveal());
  const auto customer = customer_of(person.id_type, id_number, order);
  const auto name = person.name.value_or("");
  const auto address = person.address.value_or("");
  const auto phone = person.phone.value_or("");
  const auto agent = person.agent ? jackfield::to_json(*person.agent) : string();
  const auto now_ms = ms(now);
  drop(order);
  database_.sql() << "INSERT INTO drafts (order_id, customer, type, name, id_type, id_number, address, phone, agent, "
                     "msisdn, made_ms) VALUES (:o, :c, :t, :n, :it, :i, :a, :p, :ag, :m, :ms)",
      soci::use(order), soci::use(customer), soci::use(type), soci::use(name), soci::use(person.id_type),
      soci::use(id_number), soci::use(address), soci::use(phone), soci::use(agent), soci::use(msisdn),
      soci::use(now_ms);
  return customer;
}

void Register::drop(const string& order) {
  database_.sql() << "DELETE FROM drafts WHERE order_id = :o", soci::use(order);
}

string Register::commit(const string& order, jackfield::TimePoint now) {
  auto& sql = database_.sql();
  string customer;
  sql << "SELECT customer FROM lines WHERE order_id = :o", soci::into(customer), soci::use(order);
  if (sql.got_data()) return customer;  // done already
  sql << "SELECT customer FROM drafts WHERE order_id = :o", soci::into(customer), soci::use(order);
  if (!sql.got_data())
    throw jackfield::Fail{"DRAFT_MISSING", "order " + order + " has no draft of a customer: found none, expected that "
                                                              "of customer.prefill"};
  const auto now_ms = ms(now);
  sql << "INSERT INTO customers (customer, type, name, id_type, id_number, address, phone, agent, made_by, made_ms) "
         "SELECT customer, type, name, id_type, id_number, address, phone, agent, order_id, made_ms FROM drafts "
         "WHERE order_id = :o ON CONFLICT (id_type, id_number) DO NOTHING",
      soci::use(order);
  sql << "INSERT INTO lines (order_id, customer, msisdn, since_ms) "
         "SELECT order_id, customer, msisdn, :now FROM drafts WHERE order_id = :o",
      soci::use(now_ms), soci::use(order);
  drop(order);
  return customer;
}

void Register::withdraw(const string& order) {
  auto& sql = database_.sql();
  sql << "DELETE FROM lines WHERE order_id = :o", soci::use(order);
  sql << "DELETE FROM customers WHERE made_by = :o AND customer NOT IN (SELECT customer FROM lines)", soci::use(order);
}

}  // namespace customer
