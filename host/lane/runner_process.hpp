// The runner process itself: `jackfield runner`, started by the host and by nobody else.
//
// It reads the host's address and its own name from descriptor 3, reports, is told what to run, makes the plugin's
// instance and serves with a pool of threads that connect straight to the host. The first thread speaks for the
// process: it answers heartbeats, passes cancels on, and looks after the pool. It ends when the host says goodbye,
// when the host is gone (descriptor 3 ends), or when a thread hangs, for only the end of a process frees that thread.
//
// What the plugin logs goes to the standard error, a line each, marked with its level: a pipe to the host that keeps
// the last words of a process that dies.
//
// Thread rule: the first thread of the process; it owns the process.
#pragma once

namespace jackfield::lane {

/// The exit status.
[[nodiscard]] int serve_as_runner();

}  // namespace jackfield::lane
