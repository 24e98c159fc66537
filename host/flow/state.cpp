#include "flow/state.hpp"

#include <algorithm>

namespace jackfield::flow {

const char* to_string(Status status) {
  switch (status) {
    case Status::running: return "running";
    case Status::waiting: return "waiting";
    case Status::completed: return "completed";
    case Status::rejected: return "rejected";
    case Status::cancelled: return "cancelled";
    case Status::failed: return "failed";
    case Status::held: return "held";
  }
  return "running";
}

bool ended(Status status) {
  return status == Status::completed || status == Status::rejected || status == Status::cancelled ||
         status == Status::failed;
}

const Token* State::find(std::uint32_t token) const {
  const auto at = std::find_if(tokens.begin(), tokens.end(), [&](const Token& t) { return t.id == token; });
  return at == tokens.end() ? nullptr : &*at;
}

Token* State::find(std::uint32_t token) {
  return const_cast<Token*>(static_cast<const State*>(this)->find(token));
}

std::optional<TimePoint> State::wake_at() const {
  std::optional<TimePoint> soonest;
  for (const Token& token : tokens) {
    if (token.due && (!soonest || *token.due < *soonest)) soonest = token.due;
  }
  return soonest;
}

}  // namespace jackfield::flow
