// The console's files, compiled in from console/.
#pragma once

#include <string_view>

namespace jackfield::http {

extern const std::string_view console_page, console_script, console_style;

}  // namespace jackfield::http
