// Files that are wholly there or not at all, also after power is lost.
//
// A file is written beside its place, flushed to the disk, and renamed into it; then the folder is flushed. Folders are
// made as needed. Any thread, as long as no two write the same file. Errors: std::runtime_error naming file and cause.
#pragma once

#include <string>
#include <string_view>

void write_durably(const std::string& file, std::string_view bytes);

// The file's bytes; throws where it cannot be read or is larger than 16 MiB, which no receipt is.
std::string read_whole(const std::string& file);
