// Runs of `sluice chunk` inside the test process, and text to run them on.
//
//   Owner    each run has an output folder of its own, gone when the run is over.
//   Errors   what the run met is thrown.

#pragma once

#include <stdlib.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sluice/tools/inputs.hpp>
#include <sluice/tools/options.hpp>
#include <sluice/tools/pipeline.hpp>
#include <sluice/tools/result.hpp>
#include <sluice/tools/shard_writer.hpp>
#include <support/scratch_folder.hpp>

namespace sluice::test {

// The result of one run: the bytes of its files, and what the run said of itself.
class chunk_output {
 public:
  chunk_output() = default;

  std::string bin;
  std::string idx;
  std::map<std::string, std::string> files;  // all of them, by name
  tool::chunk_report report;
};

// Options as they are typed: "--split % --device sim:3 --memory 8MiB".
inline tool::chunk_options options_of(std::string_view typed) {
  std::vector<std::string> arguments{"chunk", "-", "-o", "-"};
  std::istringstream words{std::string(typed)};
  for (std::string word; words >> word;) arguments.push_back(word);
  return tool::parse_command(std::move(arguments)).chunk;
}

inline chunk_output run_chunk(std::vector<std::string> const& inputs, std::string_view typed,
                              tool::pipeline_hooks hooks = {}, trace* log = nullptr) {
  scratch_folder const folder;
  auto options = options_of(typed);
  options.spill_folder = folder.path();
  tool::chunk_pipeline pipeline(options, log, hooks);
  tool::shard_options result(folder.path("out"));
  result.layout = options.layout;
  result.buffer_bytes = pipeline.plan().writer_bytes;
  auto const writer = std::make_shared<tool::shard_writer>(result);
  auto const list = tool::list_inputs(inputs, options.include);
  chunk_output made;
  made.report = pipeline.run(list.files, writer);
  tool::finish_result(*writer, options, list, made.report);
  for (auto const& file : std::filesystem::directory_iterator(result.folder))
    made.files[file.path().filename().string()] = bytes_of_file(file.path().string());
  made.bin = made.files["tokens.bin"];
  made.idx = made.files["tokens.idx"];
  return made;
}

class text_maker {
 public:
  explicit text_maker(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }

  // Few files have lines that are not UTF-8: else no whole file would be kept.
  void begin_file() { all_valid_ = below(5) != 0; }

  std::string line() {
    switch (below(12)) {
      case 0:
        return "";
      case 1:
        return "%";
      case 2:
        return known_[below(std::size(known_))];
      case 3:
        if (all_valid_) return words();
        return "not UTF-8: \xC3(" + std::string(below(5), '\xFF');
      case 4:
        return "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 " + std::to_string(below(1000));
      case 5:
        return std::string(below(3000), static_cast<char>('a' + below(26)));
      default:
        return words();
    }
  }

 private:
  std::string words() {
    std::string made;
    for (std::size_t count = below(20); count > 0; --count)
      made += std::to_string(below(5000)) + (below(9) == 0 ? "\r" : " ");
    return made;
  }

  static constexpr char const* known_[] = {"the same line again", "}", "% ", " %", "%%"};
  std::mt19937_64 random_;
  bool all_valid_ = false;
};

// A folder with files of short and long documents of every kind: empty ones, duplicates, lines that
// are not UTF-8, separator lines "%", with and without a last \n, all drawn from `seed`.
inline void write_seeded_text(std::string const& folder, std::uint64_t seed, std::size_t bytes) {
  text_maker make(seed);
  std::vector<std::string> files;
  std::size_t written = 0;
  for (std::size_t number = 0; written < bytes; ++number) {
    std::string text;
    make.begin_file();
    bool const again = !files.empty() && make.below(8) == 0;
    if (again) {
      text = files[make.below(files.size())];
    } else {
      for (std::size_t lines = make.below(300); lines > 0; --lines) text += make.line() + "\n";
      if (!text.empty() && make.below(3) == 0) text.pop_back();
    }
    auto const name = folder + "/" + std::to_string(number % 7) + "/" + std::to_string(number);
    std::filesystem::create_directories(std::filesystem::path(name).parent_path());
    std::ofstream(name, std::ios::binary) << text;
    written += text.size() + 1;
    files.push_back(std::move(text));
  }
}

// The folder with Debian's fortunes, if SLUICE_FORTUNES names one; else seeded text in `otherwise`.
inline std::string text_folder(std::string const& otherwise) {
  if (char const* const fortunes = ::getenv("SLUICE_FORTUNES")) return fortunes;
  write_seeded_text(otherwise, 1, std::size_t{2} << 20);
  return otherwise;
}

}  // namespace sluice::test
