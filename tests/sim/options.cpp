#include <sim/options.hpp>
#include <sim/words.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace sluice::test::sim {

namespace {

going_wrong faults_named(std::string const& text) {
  std::optional<going_wrong> const found = from_word<going_wrong>(text);
  if (!found || *found == going_wrong::nothing)
    throw std::runtime_error("--faults wants safety or liveness, not " + text);
  return *found;
}

sim_order order_named(std::string const& text) {
  std::optional<sim_order> const found = sim_order_named(text);
  if (!found)
    throw std::runtime_error("--order wants one of " + sim_order_names() + ", not " + text);
  return *found;
}

bool is_cuda(std::string const& text) {
  if (text != "sim" && text != "cuda")
    throw std::runtime_error("--device wants sim or cuda, not " + text);
  return text == "cuda";
}

// Nobody decides what a real device does, or when.
void check_cuda(options const& made) {
  char const* const other = made.faults != going_wrong::nothing ? "--faults"
                            : made.where.order                  ? "--order"
                            : made.twice                        ? "--twice"
                            : made.where.unchecked              ? "--unchecked"
                                                                : nullptr;
  if (other != nullptr)
    throw std::runtime_error(std::string(other) +
                             " is for simulated devices; leave out either that or --device cuda");
}

// True when the option is one that has no value.
bool take_switch(options& made, std::string const& name) {
  if (name == "--twice")
    made.twice = true;
  else if (name == "--first")
    made.first = true;
  else if (name == "--isolate")
    made.isolate = true;
  else if (name == "--stats")
    made.stats = true;
  else if (name == "--print")
    made.print = true;
  else if (name == "--unchecked")
    made.where.unchecked = true;
  else
    return false;
  return true;
}

void take_value(options& made, std::string const& name, std::string const& value) {
  if (name == "--seeds")
    made.seeds = std::stoull(value);
  else if (name == "--from")
    made.from = std::stoull(value);
  else if (name == "--program")
    made.files.push_back(value);
  else if (name == "--save")
    made.save = value;
  else if (name == "--faults")
    made.faults = faults_named(value);
  else if (name == "--order")
    made.where.order = order_named(value);
  else if (name == "--device")
    made.where.cuda = is_cuda(value);
  else if (name == "--limit-s")
    made.limit_s = static_cast<unsigned>(std::stoul(value));
}

bool wants_value(std::string const& name) {
  constexpr std::array<std::string_view, 8> all{"--seeds",  "--from",  "--program", "--save",
                                                "--faults", "--order", "--device",  "--limit-s"};
  return std::ranges::find(all, name) != all.end();
}

}  // namespace

options read_options(std::vector<std::string> const& words) {
  options made;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (take_switch(made, words[i])) continue;
    if (!wants_value(words[i])) throw std::runtime_error("unknown option " + words[i]);
    if (i + 1 == words.size()) throw std::runtime_error(words[i] + " wants a value");
    take_value(made, words[i], words[i + 1]);
    ++i;
  }
  if (made.where.cuda) {
    check_cuda(made);
    made.isolate = true;
  }
  return made;
}

void check_fits(program const& all, std::string const& path, setting const& where) {
  if (where.cuda && all.has_faults())
    throw std::runtime_error(path +
                             ": it asks for faults, which simulated devices have; leave out either "
                             "its line `faults` or --device cuda");
}

std::string words_for(setting const& where) {
  std::string words;
  if (where.order) words += " --order " + std::string(name_of(*where.order));
  if (where.unchecked) words += " --unchecked";
  if (where.cuda) words += " --device cuda";
  return words;
}

}  // namespace sluice::test::sim
