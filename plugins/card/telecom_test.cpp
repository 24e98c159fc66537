// The rules of numbers and cards, with their vectors.
#include <jackfield/telecom/iccid.hpp>
#include <jackfield/telecom/imsi.hpp>
#include <jackfield/telecom/msisdn.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

namespace {

using namespace jackfield::telecom;

const Prefixes msisdns{Msisdn::default_prefixes()};
const Prefixes imsis{Imsi::default_prefixes()};
const Prefixes iccids{Iccid::default_prefixes()};

TEST(Msisdn, TakesElevenDigitsOfATablePrefix) {
  for (const char* good : {"13800138000", "19812345678", "13401234567", "13481234567", "14712345678", "17212345678",
                           "17812345678", "19512345678", "19712345678"})
    EXPECT_TRUE(Msisdn::parse(good, msisdns)) << good;
  for (const char* bad : {"13491234567", "15412345678", "1380013800", "138001380000", "15312345678", "18612345678",
                          "1380013800a", "", "+86", "+8613491234567", "86138001380"})
    EXPECT_FALSE(Msisdn::parse(bad, msisdns)) << bad;
}

TEST(Msisdn, DropsTheCountryCode) {
  EXPECT_EQ(Msisdn::parse("+8613800138000", msisdns)->str(), "13800138000");
  EXPECT_EQ(Msisdn::parse("8613800138000", msisdns)->str(), "13800138000");
}

TEST(Imsi, TakesFifteenDigitsOfATableNetwork) {
  for (const char* good : {"460001234567890", "460021234567890", "460041234567890", "460071234567890",
                           "460081234567890"})
    EXPECT_TRUE(Imsi::parse(good, imsis)) << good;
  for (const char* bad : {"460011234567890", "46000123456789", "4600012345678901", "46000123456789A", ""})
    EXPECT_FALSE(Imsi::parse(bad, imsis)) << bad;
}

TEST(Iccid, ChecksTheLuhnDigitWhereAllAreDigits) {
  EXPECT_TRUE(Iccid::parse("89860070310112094320", iccids));
  EXPECT_TRUE(Iccid::parse("89860020000000123452", iccids));
  EXPECT_FALSE(Iccid::parse("89860070310112094321", iccids));
}

TEST(Iccid, MayHaveAnAOrBAtTheThirteenthPlaceAndThenNoLuhnDigit) {
  EXPECT_TRUE(Iccid::parse("898600703101A2094321", iccids));
  EXPECT_TRUE(Iccid::parse("898600703101B2094329", iccids));
  EXPECT_FALSE(Iccid::parse("898600703101C2094321", iccids));
  EXPECT_FALSE(Iccid::parse("89860070310A12094321", iccids)) << "the letter is at the twelfth place";
}

TEST(Iccid, NeedsTwentyCharactersAndATablePrefix) {
  for (const char* bad : {"8986007031011209432", "898600703101120943200", "89860170310112094320", ""})
    EXPECT_FALSE(Iccid::parse(bad, iccids)) << bad;
}

TEST(Prefixes, AreWrittenAsAnOperatorWritesThem) {
  const Prefixes table{{"147", "135-139", "134[0-8]"}};
  for (const char* in : {"1471", "135", "137000", "1340", "1348"}) EXPECT_TRUE(table.match(in)) << in;
  for (const char* out : {"146", "134", "1349", "140", "13", ""}) EXPECT_FALSE(table.match(out)) << out;
}

TEST(Prefixes, RefuseAnEntryThatIsNone) {
  for (const char* bad : {"", "abc", "139-135", "13-139", "134[0-", "134[8-0]", "134[0-8]5", "-"})
    EXPECT_THROW(Prefixes{std::vector<std::string>{bad}}, std::invalid_argument) << bad;
  EXPECT_THROW(Prefixes{std::vector<std::string>{}}, std::invalid_argument);
}

}  // namespace
