#include "cli/commands.hpp"
#include "cli/remote.hpp"

#include <iostream>

namespace jackfield::cli {

int dead_letter_list(const Target& target, bool json) {
  const auto list = ask(target, "GET", "/v1/dead-letters");
  if (json) {
    std::cout << list.dump(2) << "\n";
    return 0;
  }
  for (const auto& letter : list.at("items")) {
    const auto word = [&](const char* name) {
      return letter.contains(name) && letter[name].is_string() ? letter[name].get<std::string>() : std::string("-");
    };
    std::cout << word("id") << "  " << word("created_at") << "  " << word("kind") << "  " << word("instance") << "  "
              << word("step") << "  " << word("code") << "  " << word("text") << "\n";
  }
  return 0;
}

int dead_letter_show(const Target& target, const std::string& id, bool) {
  std::cout << ask(target, "GET", "/v1/dead-letters/" + id).dump(2) << "\n";
  return 0;
}

int dead_letter_replay(const Target& target, const std::string& id, bool json) {
  const auto answer = ask(target, "POST", "/v1/dead-letters/" + id + "/replay");
  if (json) std::cout << answer.dump(2) << "\n";
  else std::cout << id << " is delivered again\n";
  return 0;
}

}  // namespace jackfield::cli
