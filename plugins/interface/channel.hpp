// The channels an order may come through (hall, web, customer-service, …) and what each may do: channels.yaml.
//
// Read once when the plugin is made; immutable afterwards, any thread. A mistake in the file is a std::runtime_error
// with file:line:col.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "opening_hours.hpp"

// Something a channel shows today. `from` and `until` are days as yyyymmdd, both included; 0: no bound.
struct Offer {
  std::string text;
  std::set<std::string> services;  // empty: every service
  int from = 0;
  int until = 0;

  bool shown(const std::string& service, int day) const;
};

struct Channel {
  std::string id;
  std::string name;
  std::string greeting;
  std::set<std::string> services;
  OpeningHours open;
  std::map<std::string, std::vector<std::string>> forms;  // by service; "" holds for the others
  std::vector<Offer> offers;

  const std::vector<std::string>& form(const std::string& service) const;
};

class Channels {
 public:
  /// `flows`: the services there are; a service nearly called like one of them is a slip of the hand, and refused.
  Channels(const std::string& path, const std::set<std::string>& flows);

  /// Services that channels do and no flow is called like.
  const std::set<std::string>& without_flow() const { return without_flow_; }

  const Channel* find(const std::string& id) const;

 private:
  std::map<std::string, Channel> channels_;
  std::set<std::string> without_flow_;
};

/// The names of the flows in a folder; none where there is no such folder.
std::set<std::string> flows_in(const std::string& folder);
