#include "cli/command_line.hpp"

#include "cli/commands.hpp"
#include "cli/vocabulary.hpp"
#include "conformance/examination.hpp"
#include "lane/runner_process.hpp"

#include <CLI/CLI.hpp>

#include <jackfield/duration.hpp>

#include <functional>
#include <iostream>

namespace jackfield::cli {

namespace {

struct Words {
  std::string directory = "config";
  std::vector<std::string> sets;
  bool json = false, rollback = false;
  std::string id, file, flow, format = "svg", host;
  std::string in_flow, in_state, in_key, in_msisdn;
  int limit = 50;
  std::string kind, parent = ".", limit_text = "5s";
  CheckWords check;
};

Sets split(const std::vector<std::string>& given) {
  Sets sets;
  for (const auto& text : given) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw CLI::ValidationError("--set", "found '" + text + "', expected path.to.key=value");
    }
    sets.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return sets;
}

void takes_directory(CLI::App& command, Words& words) {
  command.add_option("-c,--config", words.directory, "configuration folder")->capture_default_str();
}

void takes_sets(CLI::App& command, Words& words) {
  takes_directory(command, words);
  command.add_option("--set", words.sets, "path.to.key=value: overrides a scalar of host.yaml; may be repeated")
      ->allow_extra_args(false);
}

void takes_target(CLI::App& command, Words& words) {
  takes_directory(command, words);
  command.add_option("--host", words.host, "URL of the running host (else JACKFIELD_HOST, else http.listen of -c)")
      ->check(CLI::Validator(url_fault, "URL"));
  command.add_flag("--json", words.json, "print JSON");
}

std::string query_of(const Words& words) {
  std::string query = "limit=" + std::to_string(words.limit);
  for (const auto& [name, value] : {std::pair{"flow", words.in_flow}, {"state", words.in_state}, {"key", words.in_key},
                                    {"msisdn", words.in_msisdn}}) {
    if (!value.empty()) query += std::string("&") + name + "=" + value;
  }
  return query;
}

using Action = std::function<int()>;

/// "5s" as milliseconds.
std::chrono::milliseconds duration(const std::string& text) {
  const auto parsed = Duration::parse(text);
  if (!parsed || parsed->count() == 0) throw UsageError("--limit: found '" + text + "', expected a duration such as 500ms or 5s");
  return *parsed;
}

void add_plugin_check(CLI::App& plugin, CheckWords& words, std::string& limit, Action& action) {
  CLI::App* check = plugin.add_subcommand("check", "tries a library in child processes: does it keep to the interface?");
  check->add_option("file", words.file, "the library, FILE.so")->required();
  check->add_option("--settings", words.settings,
                    "YAML or JSON: the plugin's block, or a host.yaml that has it; else its defaults")
      ->check(CLI::ExistingFile);
  check->add_option("-c,--config", words.directory,
                    "configuration folder: where relative paths in the settings begin (else the folder of --settings), "
                    "and its host.yaml, where there is no --settings")
      ->check(CLI::ExistingDirectory);
  check->add_option("--seed", words.seed, "of all that is random; printed, so that a failure can be seen again");
  check->add_option("--limit", limit, "the longest an answer may take")->capture_default_str();
  check->add_option("--only", words.only, "one check alone, with those it builds on")
      ->check(CLI::IsMember(conformance::check_names()));
  check->add_flag("--json", words.json, "print JSON");
  check->callback([&] {
    action = [&] {
      words.limit = duration(limit);
      return plugin_check(words);
    };
  });
}

void add_plugin_new(CLI::App& plugin, Words& words, Action& action) {
  CLI::App* made = plugin.add_subcommand("new", "makes a folder that builds, tests and passes the check as it stands");
  made->add_option("kind", words.kind, "step (a plugin) or adapter")->required();
  made->add_option("name", words.id, "of the plugin: a-z, 0-9 and _, with a letter first")->required();
  made->add_option("--directory", words.parent, "where to make the folder NAME")->capture_default_str();
  made->callback([&] { action = [&] { return plugin_new(words.kind, words.id, words.parent); }; });
}

CLI::App* add_plugin(CLI::App& app, Words& words, Action& action) {
  CLI::App* plugin = app.add_subcommand("plugin", "the plugin registry");
  plugin->require_subcommand(1);
  CLI::App* list = plugin->add_subcommand("list", "the plugins found in the plugin folders");
  takes_sets(*list, words);
  list->add_flag("--json", words.json, "print JSON");
  list->callback([&] { action = [&] { return plugin_list(words.directory, split(words.sets), words.json); }; });
  CLI::App* describe = plugin->add_subcommand("describe", "what a plugin says of itself");
  describe->add_option("file", words.file, "the library, FILE.so")->required();
  describe->add_flag("--json", words.json, "print JSON");
  describe->callback([&] { action = [&] { return plugin_describe(words.file, words.json); }; });
  add_plugin_check(*plugin, words.check, words.limit_text, action);
  add_plugin_new(*plugin, words, action);
  return plugin;
}

void add_running_plugin(CLI::App& plugin, Words& words, Action& action) {
  CLI::App* reload = plugin.add_subcommand("reload", "puts the library in the plugin folder in place of the one that runs");
  takes_target(*reload, words);
  reload->add_option("id", words.id, "the plugin")->required();
  reload->add_flag("--rollback", words.rollback, "back to the version before");
  reload->callback([&] {
    action = [&] { return plugin_reload({words.host, words.directory}, words.id, words.rollback, words.json); };
  });
  CLI::App* release = plugin.add_subcommand("release", "lets a plugin go from quarantine");
  takes_target(*release, words);
  release->add_option("id", words.id, "the plugin")->required();
  release->callback([&] { action = [&] { return plugin_release({words.host, words.directory}, words.id, words.json); }; });
}

void add_instance(CLI::App& app, Words& words, Action& action) {
  CLI::App* instance = app.add_subcommand("instance", "the instances of a running host");
  instance->require_subcommand(1);
  CLI::App* list = instance->add_subcommand("list", "newest first");
  takes_target(*list, words);
  list->add_option("--flow", words.in_flow, "only of this flow");
  list->add_option("--state", words.in_state, "only in this state");
  list->add_option("--key", words.in_key, "only with this key, or this Idempotency-Key");
  list->add_option("--msisdn", words.in_msisdn, "only with this number in order or result");
  list->add_option("--limit", words.limit, "at most so many")->check(CLI::Range(1, 1000))->capture_default_str();
  list->callback([&] {
    action = [&] { return instance_list({words.host, words.directory}, query_of(words), words.json); };
  });
  CLI::App* show = instance->add_subcommand("show", "one instance with its history");
  takes_target(*show, words);
  show->add_option("id", words.id)->required();
  show->callback([&] { action = [&] { return instance_show({words.host, words.directory}, words.id, words.json); }; });
  for (const std::string word : {"cancel", "retry"}) {
    CLI::App* tell = instance->add_subcommand(word, word == "cancel" ? "undo everything and end it" : "go on with what is held");
    takes_target(*tell, words);
    tell->add_option("id", words.id)->required();
    tell->callback([&, word] {
      action = [&, word] { return instance_tell({words.host, words.directory}, words.id, word, words.json); };
    });
  }
}

void add_dead_letter(CLI::App& app, Words& words, Action& action) {
  CLI::App* letter = app.add_subcommand("dead-letter", "what could not be delivered");
  letter->require_subcommand(1);
  CLI::App* list = letter->add_subcommand("list", "newest first");
  takes_target(*list, words);
  list->callback([&] { action = [&] { return dead_letter_list({words.host, words.directory}, words.json); }; });
  CLI::App* show = letter->add_subcommand("show", "one, with its reason");
  takes_target(*show, words);
  show->add_option("id", words.id)->required();
  show->callback([&] { action = [&] { return dead_letter_show({words.host, words.directory}, words.id, words.json); }; });
  CLI::App* replay = letter->add_subcommand("replay", "deliver it again");
  takes_target(*replay, words);
  replay->add_option("id", words.id)->required();
  replay->callback([&] {
    action = [&] { return dead_letter_replay({words.host, words.directory}, words.id, words.json); };
  });
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app{"Jackfield: durable flows of plugins and adapters, in one process", "jackfield"};
  app.set_version_flag("--version", JACKFIELD_VERSION);
  app.require_subcommand(1);
  Words words;
  Action action;

  CLI::App* run_word = app.add_subcommand("run", "starts the host");
  takes_sets(*run_word, words);
  run_word->callback([&] { action = [&] { return run(words.directory, split(words.sets)); }; });
  CLI::App* runner_word = app.add_subcommand("runner", "started by the host: one plugin in a process of its own");
  runner_word->group("");  // nobody's word but the host's
  runner_word->add_option("id", words.id);
  runner_word->callback([&] { action = [] { return lane::serve_as_runner(); }; });
  CLI::App* check_word = app.add_subcommand("check", "everything run would refuse, all at once");
  takes_sets(*check_word, words);
  check_word->add_flag("--json", words.json, "print JSON");
  check_word->callback([&] { action = [&] { return check(words.directory, split(words.sets), words.json); }; });
  CLI::App* graph_word = app.add_subcommand("graph", "draws a flow");
  takes_directory(*graph_word, words);
  graph_word->add_option("flow", words.flow)->required();
  graph_word->add_option("--format", words.format)->check(CLI::IsMember({"svg", "dot", "mermaid"}))->capture_default_str();
  graph_word->callback([&] { action = [&] { return graph(words.directory, words.flow, words.format); }; });
  add_running_plugin(*add_plugin(app, words, action), words, action);
  add_instance(app, words, action);
  add_dead_letter(app, words, action);

  if (const auto fault = unknown_command(app, argc, argv)) {
    std::cerr << "jackfield: " << *fault << "\n";
    return 2;
  }
  try {
    app.parse(argc, argv);
    return action ? action() : 2;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const UsageError& error) {
    std::cerr << "jackfield: " << error.what() << "\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "jackfield: " << error.what() << "\n";
    return 1;
  }
}

}  // namespace jackfield::cli
