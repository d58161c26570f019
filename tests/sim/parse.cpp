// Text to a program, with the number of the line that is wrong; and whether a program can be run.

#include <sim/program.hpp>
#include <sim/words.hpp>

#include <algorithm>
#include <charconv>
#include <set>
#include <sstream>
#include <stdexcept>

namespace sluice::test::sim {

namespace {

// The words of one line, taken one after another.
class line {
 public:
  line(std::size_t number, std::string const& text) : number_(number) {
    std::istringstream in(text.substr(0, text.find('#')));
    for (std::string next; in >> next;) words_.push_back(next);
  }

  [[noreturn]] void fail(std::string const& why) const {
    throw std::runtime_error("line " + std::to_string(number_) + ": " + why);
  }
  bool empty() const { return words_.empty(); }
  std::string take(char const* what) {
    if (at_ == words_.size()) fail(std::string("the line ends before ") + what);
    return words_[at_++];
  }
  bool take_if(char const* word) {
    bool const found = at_ < words_.size() && words_[at_] == word;
    at_ += found ? 1 : 0;
    return found;
  }
  void end() const {
    if (at_ != words_.size()) fail("'" + words_[at_] + "' is one word too many");
  }
  template <class T>
  T number(char const* what) {
    return as_number<T>(take(what), what);
  }
  template <class E>
  E one_of(char const* what) {
    std::string const text = take(what);
    std::optional<E> const found = from_word<E>(text);
    if (found) return *found;
    std::string known;
    for (std::string_view const each : words_of<E>) known += " " + std::string(each);
    fail("'" + text + "' is no " + what + "; known are" + known);
  }
  ref_name ref() {
    std::string const text = take("a ref (t0.0)");
    std::size_t const dot = text.find('.');
    if (dot == std::string::npos || dot == 0) fail("'" + text + "' is no ref; write t0.0");
    return {text.substr(0, dot), as_number<std::size_t>(text.substr(dot + 1), "an index")};
  }
  int operand() {
    std::string const text = take("an operand");
    return text == "item" ? the_item : as_number<int>(text, "an operand");
  }

 private:
  template <class T>
  T as_number(std::string const& text, char const* what) const {
    T value{};
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.front() == '-')
      fail("'" + text + "' is not " + what);
    return value;
  }

  std::size_t const number_;
  std::vector<std::string> words_;
  std::size_t at_ = 0;
};

limits parse_limits(line& in) {
  limits made;
  std::string const how = in.take("ample, fraction or bytes");
  if (how == "fraction") {
    made.how = limits::given::fraction;
    made.thousandths = in.number<unsigned>("a fraction in thousandths");
    if (in.take_if("promised")) made.promised = limits::promise::all;
    if (in.take_if("oldest")) made.promised = limits::promise::oldest;
  } else if (how == "bytes") {
    made.how = limits::given::bytes;
    made.device = in.number<std::size_t>("the device's limit");
    made.pinned = in.number<std::size_t>("the limit of pinned memory");
    made.host = in.number<std::size_t>("the host's limit");
  } else if (how != "ample") {
    in.fail("'" + how + "' is no limit; known are ample, fraction, bytes");
  }
  return made;
}

task_plan parse_task(line& in) {
  task_plan made;
  made.name = in.take("a task's name");
  made.values = in.one_of<kind>("kind of values");
  made.returns = in.one_of<mode>("mode of returns");
  if (made.returns == mode::fixed) made.count = in.number<std::size_t>("a count");
  if (made.returns == mode::stream) {
    made.window_objects = in.number<std::size_t>("a window in objects");
    made.window_bytes = in.number<std::size_t>("a window in bytes");
  }
  std::string const body = in.take("plain or generator");
  if (body != "plain" && body != "generator") in.fail("'" + body + "' is not plain or generator");
  made.plain = body == "plain";
  made.where = in.one_of<target>("place");
  if (in.take_if("as")) made.called = in.take("what it is called");
  return made;
}

input parse_input(line& in) {
  input made;
  made.how = in.one_of<form>("way to give an input");
  if (made.how == form::stream || made.how == form::growing)
    made.from.of = in.take("a task's name");
  else
    made.from = in.ref();
  return made;
}

action parse_action(line& in, verb what) {
  action made;
  made.what = what;
  if (what == verb::scratch) {
    made.n = in.number<std::uint32_t>("a size");
    made.k = in.number<std::uint32_t>("a number");
  }
  if (what == verb::sleep) {
    made.n = in.number<std::uint32_t>("microseconds");
    made.k = in.number<std::uint32_t>("a size");
  }
  if (what != verb::yield && what != verb::each) return made;
  made.how = in.one_of<op>("operation");
  if (made.how == op::fill || made.how == op::count) {
    made.n = in.number<std::uint32_t>("a size");
    made.k = in.number<std::uint32_t>("a number");
    return made;
  }
  made.a = in.operand();
  if (made.how == op::concat) {
    made.b = in.operand();
    return made;
  }
  made.k = in.number<std::uint32_t>("a number");
  if (made.how == op::slice || made.how == op::part) made.n = in.number<std::uint32_t>("a size");
  return made;
}

step parse_step(line& in, doing what) {
  step made;
  made.what = what;
  switch (what) {
    case doing::put:
      made.of.of = in.take("a name");
      made.n = in.number<std::uint32_t>("a size");
      made.k = in.number<std::uint32_t>("a number");
      break;
    case doing::slice:
      made.of.of = in.take("a name");
      made.from = in.ref();
      made.k = in.number<std::uint32_t>("an offset");
      made.n = in.number<std::uint32_t>("a size");
      break;
    case doing::get:
    case doing::copy:
    case doing::release:
      made.of = in.ref();
      break;
    case doing::wait:
      made.of = in.ref();
      made.k = in.number<std::uint32_t>("microseconds");
      break;
    default:
      made.of.of = in.take("a task's name");
  }
  return made;
}

// A line below the head; `in_main` once `main` was met.
void parse_line(line& in, program& made, bool& in_main) {
  std::string const head = in.take("a word");
  if (in_main) {
    std::optional<doing> const what = from_word<doing>(head);
    if (!what) in.fail("'" + head + "' is nothing that a main program does");
    made.steps.push_back(parse_step(in, *what));
  } else if (head == "main") {
    in_main = true;
  } else if (head == "task") {
    made.tasks.push_back(parse_task(in));
  } else if (head == "seed") {
    made.seed = in.number<std::uint64_t>("a seed");
  } else if (head == "workers") {
    made.workers = in.number<unsigned>("a number of workers");
  } else if (head == "gpus") {
    made.gpus = in.number<unsigned>("a number of gpus");
  } else if (head == "neighbour") {
    made.neighbour = true;
  } else if (head == "memory") {
    made.memory = parse_limits(in);
  } else if (head == "faults") {
    made.faults = in.one_of<going_wrong>("way of faults");
  } else if (made.tasks.empty()) {
    in.fail("'" + head + "' is no setting of a program");
  } else if (head == "in") {
    made.tasks.back().inputs.push_back(parse_input(in));
  } else if (std::optional<verb> const what = from_word<verb>(head)) {
    made.tasks.back().actions.push_back(parse_action(in, *what));
  } else {
    in.fail("'" + head + "' is nothing that a task has");
  }
  in.end();
}

// --- can it be run?

std::string fault_of(program const& all, task_plan const& task) {
  std::size_t sequences = 0;
  std::size_t values = 0;
  std::size_t others = 0;  // values that are no bytes
  for (input const& each : task.inputs) {
    task_plan const* const from = all.find(each.from.of);
    bool const whole = each.how == form::stream || each.how == form::growing;
    if (whole && from == nullptr) return "there is no task " + each.from.of;
    if (whole && from->returns != (each.how == form::stream ? mode::stream : mode::dynamic))
      return each.from.of + " does not return " + std::string(word(each.how));
    if (each.how == form::value && from != nullptr && from->values != kind::bytes) ++others;
    if (each.how == form::value && from != nullptr && from->returns == mode::none)
      return each.from.of + " has no values";
    bool const takes_all =
        std::ranges::any_of(task.actions, [](action const& one) { return one.what == verb::each; });
    if (whole && takes_all && from->is_endless()) return each.from.of + " has no end";
    sequences += whole ? 1 : 0;
    values += each.how == form::value ? 1 : 0;
  }
  if (sequences > 1) return "it has two sequences as inputs";
  if (values > 2 || (others > 0 && values > 1)) return "it has too many values as inputs";
  if (sequences == 1 && (values > 1 || others > 0))
    return "a sequence goes with one value of bytes";
  for (action const& each : task.actions) {
    for (int const operand : {each.a, each.b}) {
      if (operand == the_item) continue;
      if (operand < 0 || static_cast<std::size_t>(operand) >= task.inputs.size())
        return "operand " + std::to_string(operand) + " is no input";
      form const how = task.inputs[static_cast<std::size_t>(operand)].how;
      if (how != form::value && how != form::inner) return "an operand is a sequence";
    }
    bool const takes = each.what == verb::each || each.what == verb::next;
    if (takes && sequences == 0) return "it takes items and has no sequence";
    if (takes && task.is_endless()) return "it takes items and starts over";
    if (each.what == verb::again && &each != &task.actions.back()) return "`again` is not its end";
  }
  if (task.is_endless()) {
    bool const yields = std::ranges::any_of(
        task.actions, [](action const& each) { return each.what == verb::yield; });
    if (task.returns != mode::stream || !yields) return "only a stream that yields starts over";
  }
  if (!task.plain) return {};
  if (task.returns != mode::single && task.returns != mode::fixed)
    return "a plain function returns one value or a fixed number";
  if (task.values == kind::number && task.where != target::cpu)
    return "a plain function that makes numbers runs on the cpu";
  bool const yields = !task.actions.empty() && task.actions.front().what == verb::yield;
  if (task.returns == mode::single && !yields) return "a plain function of one value makes one";
  return {};
}

}  // namespace

program parse(std::string const& text) {
  program made;
  std::istringstream in(text);
  std::string next;
  std::size_t number = 0;
  bool in_main = false;
  bool begun = false;
  while (std::getline(in, next)) {
    line words(++number, next);
    if (words.empty()) continue;
    if (begun) {
      parse_line(words, made, in_main);
    } else {
      if (words.take("program 1") != "program" || words.number<int>("a version") != 1)
        words.fail("a program begins with: program 1");
      begun = true;
    }
  }
  if (!begun) throw std::runtime_error("line 1: the text is empty; it begins with: program 1");
  if (std::string const fault = fault_of(made); !fault.empty()) throw std::runtime_error(fault);
  return made;
}

std::string fault_of(program const& all) {
  std::set<std::string> names;
  for (task_plan const& each : all.tasks) {
    if (!names.insert(each.name).second) return "task " + each.name + ": there are two";
    if (std::string const why = fault_of(all, each); !why.empty())
      return "task " + each.name + ": " + why;
  }
  std::set<std::string> submitted;
  for (step const& each : all.steps) {
    if (each.what == doing::submit && !submitted.insert(each.of.of).second)
      return text_of(each) + ": it was submitted before";
    bool const makes = each.what == doing::put || each.what == doing::slice;
    if (makes && !names.insert(each.of.of).second) return text_of(each) + ": the name is taken";
    if (each.what == doing::submit && all.find(each.of.of) == nullptr)
      return text_of(each) + ": there is no such task";
  }
  return {};
}

}  // namespace sluice::test::sim
