#include "conformance/verdict.hpp"

#include <algorithm>

namespace jackfield::conformance {

const char* to_string(Verdict::State state) {
  switch (state) {
    case Verdict::ok: return "ok";
    case Verdict::failed: return "failed";
    case Verdict::not_applicable: break;
  }
  return "not applicable";
}

std::string Verdict::text() const {
  std::string line = state == failed ? "found " + found + "; expected " + expected + "; to mend it, " + mend : found;
  std::replace_if(line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 32; }, ' ');
  return line;
}

nlohmann::json Verdict::to_json() const {
  nlohmann::json json = {{"state", to_string(state)}, {"found", found}};
  json["expected"] = state == failed ? nlohmann::json(expected) : nlohmann::json();
  json["mend"] = state == failed ? nlohmann::json(mend) : nlohmann::json();
  return json;
}

Verdict Verdict::parse(const std::string& text_of_json) {
  const auto json = nlohmann::json::parse(text_of_json);
  Verdict verdict{not_applicable, json.at("found").get<std::string>(), "", ""};
  for (const State state : {ok, failed})
    if (json.at("state") == to_string(state)) verdict.state = state;
  if (verdict.state != failed) return verdict;
  verdict.expected = json.at("expected").get<std::string>();
  verdict.mend = json.at("mend").get<std::string>();
  return verdict;
}

}  // namespace jackfield::conformance
