#include "cli/vocabulary.hpp"

#include "flow/finding.hpp"

#include <jackfield/http_client.hpp>

#include <CLI/CLI.hpp>

#include <stdexcept>
#include <vector>

namespace jackfield::cli {

std::optional<std::string> unknown_command(CLI::App& app, int argc, char** argv) {
  CLI::App* at = &app;
  std::string before;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    std::vector<std::string> known;
    CLI::App* next = nullptr;
    for (CLI::App* command : at->get_subcommands([](CLI::App*) { return true; })) {
      if (!command->get_group().empty()) known.push_back(command->get_name());  // the others are nobody's word
      if (command->get_name() == word) next = command;
    }
    if (known.empty() || word.starts_with('-')) return std::nullopt;  // from here on options and values
    if (next != nullptr) {
      at = next;
      before += word + " ";
      continue;
    }
    std::string text = "found no command '" + before + word + "'" + flow::did_you_mean(word, known) + "; there are";
    for (const auto& name : known) text += (name == known.front() ? " " : ", ") + before + name;
    return text;
  }
  return std::nullopt;
}

std::string url_fault(const std::string& url) {
  try {
    const HttpClient parsed(url);  // connects to nothing yet
    return {};
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

}  // namespace jackfield::cli
