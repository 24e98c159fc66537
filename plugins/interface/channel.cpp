#include "channel.hpp"

#include <jackfield/findings.hpp>
#include <jackfield/yaml_file.hpp>

#include <filesystem>
#include <fstream>

namespace {

using jackfield::YamlValue;

std::set<std::string> words(const YamlValue& value) {
  std::set<std::string> all;
  for (const auto& item : value.list()) all.insert(item.id());
  return all;
}

// "2026-11-22" → 20261122
int day(const YamlValue& value) {
  auto text = value.text();
  int number = 0;
  bool good = text.size() == 10 && text[4] == '-' && text[7] == '-';
  for (std::size_t i = 0; good && i < text.size(); ++i) {
    if (i == 4 || i == 7) continue;
    good = text[i] >= '0' && text[i] <= '9';
    number = number * 10 + (text[i] - '0');
  }
  if (!good) value.refuse("expected a day like 2026-11-22, found '" + text + "'");
  return number;
}

OpeningHours opening_hours(const YamlValue& value) {
  OpeningHours hours;
  auto spans = value.is_list() ? value.list() : std::vector<YamlValue>{value};
  for (const auto& span : spans) {
    try {
      hours.add(span.text());
    } catch (const std::runtime_error& wrong) {
      span.refuse(wrong.what());
    }
  }
  return hours;
}

Offer offer(const YamlValue& value) {
  Offer made;
  if (!value.is_map()) {
    made.text = value.text();
    return made;
  }
  value.only({"text", "services", "from", "until"});
  made.text = value.at("text").text();
  if (auto services = value.find("services")) made.services = words(*services);
  if (auto from = value.find("from")) made.from = day(*from);
  if (auto until = value.find("until")) made.until = day(*until);
  return made;
}

Channel channel(const std::string& id, const YamlValue& value) {
  value.only({"name", "services", "open", "greeting", "forms", "offers"});
  Channel made;
  made.id = id;
  made.name = id;
  if (auto name = value.find("name")) made.name = name->text();
  if (auto greeting = value.find("greeting")) made.greeting = greeting->text();
  made.services = words(value.at("services"));
  made.open = opening_hours(value.at("open"));
  if (auto forms = value.find("forms")) {
    if (forms->is_list()) {
      made.forms[""] = forms->texts();
    } else {
      for (const auto& [service, fields] : forms->entries()) made.forms[service] = fields.texts();
    }
  }
  if (auto offers = value.find("offers"))
    for (const auto& item : offers->list()) made.offers.push_back(offer(item));
  return made;
}

}  // namespace

bool Offer::shown(const std::string& service, int today) const {
  return (services.empty() || services.contains(service)) && (from == 0 || today >= from) &&
         (until == 0 || today <= until);
}

const std::vector<std::string>& Channel::form(const std::string& service) const {
  static const std::vector<std::string> none;
  auto found = forms.find(service);
  if (found == forms.end()) found = forms.find("");
  return found == forms.end() ? none : found->second;
}

Channels::Channels(const std::string& path, const std::set<std::string>& flows) {
  auto file = jackfield::read_yaml(path);
  file.only({"channels"});
  for (const auto& [id, value] : file.at("channels").entries()) {
    const auto& made = channels_.emplace(id, channel(id, value)).first->second;
    if (flows.empty()) continue;
    for (const auto& service : made.services) {
      if (flows.contains(service)) continue;
      const auto near = jackfield::did_you_mean(service, {flows.begin(), flows.end()});
      if (!near.empty())
        value.at("services").refuse("no flow is called '" + service + "' (did you mean '" + std::string(near) + "'?)");
      without_flow_.insert(service);
    }
  }
}

std::set<std::string> flows_in(const std::string& folder) {
  static constexpr std::string_view key = "flow:";
  std::set<std::string> flows;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(folder, error)) {
    if (file.path().extension() != ".yaml" || file.path().stem().extension() == ".test") continue;
    std::ifstream stream(file.path());
    for (std::string line; std::getline(stream, line);) {
      if (!line.starts_with(key)) continue;
      const auto first = line.find_first_not_of(" \t'\"", key.size());
      if (first == std::string::npos) break;
      flows.insert(line.substr(first, line.find_first_of(" \t\r'\"#", first) - first));
      break;
    }
  }
  return flows;
}

const Channel* Channels::find(const std::string& id) const {
  auto found = channels_.find(id);
  return found == channels_.end() ? nullptr : &found->second;
}
