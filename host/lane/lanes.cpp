#include "lane/lanes.hpp"

#include "lane/carrier.hpp"

#include <stdexcept>

namespace jackfield::lane {

std::unique_ptr<Carrier> Lanes::prepare(const plugin::Plugin&) const {
  throw std::runtime_error("these lanes take no other version of a plugin");
}

void Lanes::replace(const plugin::Plugin&, std::unique_ptr<Carrier>) {}

std::vector<Lanes::Replaced> Lanes::replaced() { return {}; }

bool Lanes::release(const std::string&) { return false; }

std::vector<std::string> Lanes::freed() { return {}; }

}  // namespace jackfield::lane
