// Refuses orders above a limit.
#include <jackfield/plugin.hpp>

struct Settings {
  double limit = 1000;
  JF_FIELDS((limit, "the highest total that passes"))
};
struct Order {
  std::string id;
  double total = 0;
  JF_FIELDS((id, "the order's number", jackfield::required), (total, "what it comes to"))
};
struct Checked {
  bool ok = false;
  JF_FIELDS(ok)
};

struct CheckSample : jackfield::Step<Settings, Order, Checked> {
  static constexpr auto info = jackfield::step("sample.check", "Refuses orders above a limit").pure();
  Checked run(const Order& order, jackfield::Context& ctx) {
    if (order.total > settings.limit) throw jackfield::Reject{"LIMIT", "order " + order.id + " is above the limit"};
    return {true};
  }
};

JACKFIELD_PLUGIN("sample", "1.0.0", CheckSample)
