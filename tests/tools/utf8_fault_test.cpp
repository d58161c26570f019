// Where text stops being UTF-8, and the escapes that make any bytes text.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

#include <sluice/tools/escaped_text.hpp>
#include <sluice/tools/utf8_fault.hpp>

namespace sluice::tool {
namespace {

// In two parts, cut at every place: the verdict must not depend on it.
std::string fault_of(std::string_view bytes) {
  std::string first;
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    utf8_fault_finder finder;
    finder.add(bytes.substr(0, cut));
    finder.add(bytes.substr(cut));
    finder.end();
    std::string const found = finder.fault() ? std::to_string(finder.fault()->offset) + " " +
                                                   std::string(finder.fault()->kind)
                                             : "none";
    if (cut == 0) first = found;
    EXPECT_EQ(found, first) << "cut at " << cut;
  }
  return first;
}

TEST(Utf8Fault, IsTheFirstCharacterThatIsNone) {
  EXPECT_EQ(fault_of(""), "none");
  EXPECT_EQ(fault_of("caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \xF4\x8F\xBF\xBF"), "none");
  EXPECT_EQ(fault_of("ab\x80"), "2 invalid start byte");
  EXPECT_EQ(fault_of("a\xC1\xBF"), "1 invalid start byte");
  EXPECT_EQ(fault_of("a\xF5"), "1 invalid start byte");
  EXPECT_EQ(fault_of("a\xC3("), "1 invalid continuation byte");
  EXPECT_EQ(fault_of("\xE0\x9F\xBF"), "0 invalid continuation byte") << "longer than needed";
  EXPECT_EQ(fault_of("\xED\xA0\x80"), "0 invalid continuation byte") << "a surrogate";
  EXPECT_EQ(fault_of("\xF0\x8F\xBF\xBF"), "0 invalid continuation byte") << "longer than needed";
  EXPECT_EQ(fault_of("\xF4\x90\x80\x80"), "0 invalid continuation byte") << "above U+10FFFF";
  EXPECT_EQ(fault_of("x\xF0\x9F\x98"), "1 unexpected end of data");
}

TEST(EscapedText, KeepsCharactersAndShowsTheOtherBytes) {
  EXPECT_EQ(escaped("a\nb \xC3\xA9"), "a\nb \xC3\xA9");
  EXPECT_EQ(escaped("\\x41"), "\\\\x41");
  EXPECT_EQ(escaped("\xE2\x82(\xFF"), "\\xe2\\x82(\\xff");
  EXPECT_EQ(escaped("cut off: \xE2\x82"), "cut off: \\xe2\\x82");
}

}  // namespace
}  // namespace sluice::tool
