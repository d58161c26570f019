import unittest

from coroutine_forms import findings


def count(body):
    return len(list(findings("generator<int> f(bool b) {\n  int x = 0;\n  " + body + "\n}\n")))


class Refuses(unittest.TestCase):
    def test_aggregates_in_yields_and_awaits(self):
        self.assertEqual(count("co_yield batch{std::move(a), std::move(b)};"), 1)
        self.assertEqual(count("co_await f(options{.name = n});"), 1)
        self.assertEqual(count("co_await f(std::array<chunk, 2>{a, b});"), 1)
        self.assertEqual(count("co_await f({a, b});"), 1)
        self.assertEqual(count("co_yield {a, b};"), 1)
        self.assertEqual(count("auto v = co_await f(x,\n    batch{a});"), 1)

    def test_awaits_inside_initialiser_braces(self):
        self.assertEqual(count("batch both{co_await f(), b};"), 1)
        self.assertEqual(count("chunk both[2] = {co_await f(), b};"), 1)
        self.assertEqual(count("chunk both[2]{co_await f(), b};"), 1)

    def test_lambdas_that_capture_by_value(self):
        self.assertEqual(count("co_await f([big] { return big; });"), 1)
        self.assertEqual(count("co_await f([&a, b = std::move(c)] { return b; });"), 1)
        self.assertEqual(count("co_await f([=] { return x; });"), 1)

    def test_choices(self):
        self.assertEqual(count("auto v = b ? co_await f() : other;"), 1)
        self.assertEqual(count("co_yield b ? p : q;"), 1)

    def test_awaits_in_conditions(self):
        self.assertEqual(count("if (co_await f()) g();"), 1)
        self.assertEqual(count("while (x < 3 && co_await f()) g();"), 1)
        self.assertEqual(count("switch (co_await f()) { default: break; }"), 1)
        self.assertEqual(count("if (x == co_await f()) g();"), 1)


class Accepts(unittest.TestCase):
    def test_named_locals(self):
        self.assertEqual(count("batch both{a, b};\n  co_yield std::move(both);"), 0)
        self.assertEqual(count("auto const l = [big] { return big; };\n  co_await f(l);"), 0)
        self.assertEqual(count("int v = b ? 1 : 2;\n  co_yield v;"), 0)
        self.assertEqual(count("for (auto& c : list) { auto d = batch{c}; co_yield d; }"), 0)

    def test_constructors_and_plain_numbers(self):
        self.assertEqual(count("co_yield batch(std::move(a), std::move(b));"), 0)
        self.assertEqual(count("co_await here.make<int>(std::size_t{4});"), 0)
        self.assertEqual(count("auto out = co_await here.make<std::uint32_t>(n);"), 0)

    def test_choices_between_plain_numbers(self):
        self.assertEqual(count("co_yield b ? 1 : 0;"), 0)
        self.assertEqual(count("co_yield b ? 1 : other;"), 1)

    def test_lambdas_that_capture_by_reference(self):
        self.assertEqual(count("co_await f([&big] { return big; });"), 0)
        self.assertEqual(count("co_await f([&] { return b ? 1 : 2; });"), 0)
        self.assertEqual(count("co_await f([this] { return x_; });"), 0)

    def test_declarations_in_conditions(self):
        self.assertEqual(count("while (auto item = co_await f()) g();"), 0)
        self.assertEqual(count("if (std::optional<int> const v = co_await f(); v) g();"), 1)
        self.assertEqual(count("if (int const v = co_await f()) g();"), 0)

    def test_blocks_around(self):
        self.assertEqual(count("if (b) { co_await f(); } else { co_await g(); }"), 0)
        self.assertEqual(count("auto body = [](context here, int n) -> generator<int> {\n"
                               "    co_yield n;\n  };"), 0)
        self.assertEqual(count("rt.submit(task(\"t\", [](context) -> generator<int> {\n"
                               "    co_yield 1;\n  }), n);"), 0)
        self.assertEqual(count("try { co_await f(); } catch (error const&) { g(); }"), 0)
        self.assertEqual(count("switch (x) { case 1: { co_await f(); break; } }"), 0)

    def test_comments_and_strings(self):
        self.assertEqual(count("// co_yield batch{a, b};\n  g(\"co_await f({a})\");"), 0)


if __name__ == "__main__":
    unittest.main()
