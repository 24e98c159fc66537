// Identities: which kinds there are, what each must look like, and which type of customer has it.
//
//   resident-id        18 characters, GB 11643-1999: check digit, a real date of birth, not in the future
//   business-licence   18-character unified social credit code, GB 32100-2015: check character
//   passport           [A-Z0-9]{5,17}
//   hk-macau-permit    [HM][0-9]{8}
//   taiwan-permit      [0-9]{8}
//   military-id        7 to 18 characters
//
// Pure functions, any thread. A number is judged as it was made plain by plain_id().
#pragma once

#include <jackfield/time_zone.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace customer {

/// Without blanks around it; a resident's x is X.
[[nodiscard]] std::string plain_id(std::string_view id_type, std::string_view id_number);

/// resident, military, foreigner, hk-macau-taiwan or enterprise; nothing for a kind of identity that is none.
[[nodiscard]] std::optional<std::string> customer_type(std::string_view id_type);

/// Whether a plain number is one of its kind. `today` is the wall clock's day: nobody is born after it.
[[nodiscard]] bool valid_id(std::string_view id_type, std::string_view id_number, const jackfield::LocalTime& today);

/// Characters of UTF-8 text; nothing where it is none, or has control characters.
[[nodiscard]] std::optional<std::size_t> characters(std::string_view text);

}  // namespace customer
