// The rules of identities, with their vectors.
#include "identity.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace customer;

const jackfield::LocalTime today{.year = 2026, .month = 11, .day = 22};

TEST(ResidentId, HasACheckDigitAndARealDateOfBirth) {
  for (const char* good : {"11010519491231002X", "34052419800101001X", "830000199505050018"})
    EXPECT_TRUE(valid_id("resident-id", good, today)) << good;
  EXPECT_FALSE(valid_id("resident-id", "110105194912310021", today)) << "check digit";
  EXPECT_FALSE(valid_id("resident-id", "110101200102290015", today)) << "no such day, though the digit is right";
  for (const char* bad : {"", "11010519491231002", "11010519491231002XX", "1101051949123100AX", "11010519491231002x",
                          "110105491231002"})
    EXPECT_FALSE(valid_id("resident-id", bad, today)) << bad;
}

TEST(ResidentId, IsNotOfSomeoneBornTomorrow) {
  // Born 1949-12-31: valid from that day on.
  const std::string id = "11010519491231002X";
  EXPECT_TRUE(valid_id("resident-id", id, {.year = 1949, .month = 12, .day = 31}));
  EXPECT_FALSE(valid_id("resident-id", id, {.year = 1949, .month = 12, .day = 30}));
}

TEST(BusinessLicence, IsAUnifiedSocialCreditCode) {
  EXPECT_TRUE(valid_id("business-licence", "91350100M000100Y43", today));
  EXPECT_FALSE(valid_id("business-licence", "91350100M000100Y44", today)) << "check character";
  EXPECT_FALSE(valid_id("business-licence", "91350100I000100Y43", today)) << "a letter that is not used";
  EXPECT_FALSE(valid_id("business-licence", "91350100M000100Y4", today));
}

TEST(Passport, HasFiveToSeventeenLettersAndDigits) {
  for (const char* good : {"E12345678", "AB123", "A1234567890123456"})
    EXPECT_TRUE(valid_id("passport", good, today)) << good;
  for (const char* bad : {"AB12", "A12345678901234567", "e12345678", "E1234 678", ""})
    EXPECT_FALSE(valid_id("passport", bad, today)) << bad;
}

TEST(Permits, AreOfHongKongMacauOrTaiwan) {
  EXPECT_TRUE(valid_id("hk-macau-permit", "H12345678", today));
  EXPECT_TRUE(valid_id("hk-macau-permit", "M12345678", today));
  for (const char* bad : {"T12345678", "H1234567", "H123456789", "H1234567A"})
    EXPECT_FALSE(valid_id("hk-macau-permit", bad, today)) << bad;
  EXPECT_TRUE(valid_id("taiwan-permit", "12345678", today));
  for (const char* bad : {"1234567", "123456789", "1234567A"})
    EXPECT_FALSE(valid_id("taiwan-permit", bad, today)) << bad;
}

TEST(MilitaryId, HasSevenToEighteenCharacters) {
  for (const char* good : {"军字第2001988", "1234567", "123456789012345678"})
    EXPECT_TRUE(valid_id("military-id", good, today)) << good;
  for (const char* bad : {"123456", "1234567890123456789", "12345\n7", "军字第"})
    EXPECT_FALSE(valid_id("military-id", bad, today)) << bad;
}

TEST(Identity, TellsTheTypeOfCustomer) {
  EXPECT_EQ(customer_type("resident-id"), "resident");
  EXPECT_EQ(customer_type("military-id"), "military");
  EXPECT_EQ(customer_type("passport"), "foreigner");
  EXPECT_EQ(customer_type("hk-macau-permit"), "hk-macau-taiwan");
  EXPECT_EQ(customer_type("taiwan-permit"), "hk-macau-taiwan");
  EXPECT_EQ(customer_type("business-licence"), "enterprise");
  EXPECT_FALSE(customer_type("library-card"));
  EXPECT_FALSE(valid_id("library-card", "1234567", today));
}

TEST(Identity, IsMadePlain) {
  EXPECT_EQ(plain_id("resident-id", " 11010519491231002x "), "11010519491231002X");
  EXPECT_EQ(plain_id("passport", "E1234567x"), "E1234567x") << "only a resident's check digit";
  EXPECT_EQ(plain_id("passport", "  "), "");
}

TEST(Characters, AreThoseOfUtf8) {
  EXPECT_EQ(characters("张三"), 2u);
  EXPECT_EQ(characters("a三"), 2u);
  EXPECT_FALSE(characters("\xff\xfe"));
  EXPECT_FALSE(characters("\xe5\xbc"));
  EXPECT_FALSE(characters("a\tb"));
}

}  // namespace
