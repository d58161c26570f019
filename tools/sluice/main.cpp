#include <unistd.h>

#include <iostream>
#include <string>
#include <vector>

#include <sluice/tools/run_command.hpp>

int main(int count, char** texts) {
  std::vector<std::string> arguments(texts + (count > 0 ? 1 : 0), texts + count);
  sluice::tool::command_streams const streams(std::cout, std::cerr, STDERR_FILENO);
  return static_cast<int>(sluice::tool::run_command(std::move(arguments), streams));
}
