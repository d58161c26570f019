// The files that a run reads, in the order of its result.
//
//   Owner    a list of paths, made once before the run.
//   Errors   what cannot be read is a usage_error that names the path and says what to do.
//   Flow     arguments -> list_inputs -> text_source -> text_reader
//
// Arguments come in their own order. A folder stands for every regular file below it, in byte order
// of the path relative to that folder; links, pipes and devices found there are passed over. An
// argument itself may be a link to a file or a folder: who names a link means what it points to.
// The argument `-` is standard input, in its place in the order; it can be there once.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <sluice/tools/path_list.hpp>

namespace sluice::tool {

class input_argument {
 public:
  input_argument(std::string as_typed, std::size_t count)
      : path(std::move(as_typed)), files(count) {}

  std::string path;
  std::size_t files;  // that it stands for
};

class input_list {
 public:
  input_list() = default;

  path_list files;
  std::vector<input_argument> arguments;
};

// Throws usage_error where `-` is among the arguments and standard input is closed or a terminal.
// To be asked before any file is opened: a closed descriptor is given to the next file.
void require_standard_input(std::vector<std::string> const& arguments);

// With `include`, of the files found in folders only those whose relative path matches one of these
// patterns; usage_error where none does. `*` is any bytes, `/` too; `?` is one byte, `[ab]`,
// `[a-c]` and `[!ab]` one of some; nothing else is special. Files that are named are always taken.
input_list list_inputs(std::vector<std::string> const& arguments,
                       std::vector<std::string> const& include = {});

// A result must not be its own input: throws usage_error where one of `outputs` is one of `files`.
void refuse_as_input(path_list const& files, std::vector<std::string> const& outputs);

}  // namespace sluice::tool
