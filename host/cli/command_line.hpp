// Arguments in, exit code out: 0 done, 1 what was checked or asked for is wrong, 2 the words of the call are.
#pragma once

namespace jackfield::cli {

[[nodiscard]] int run_command_line(int argc, char** argv);

}  // namespace jackfield::cli
