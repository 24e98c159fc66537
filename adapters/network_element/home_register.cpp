#include "home_register.hpp"

#include <jackfield/error.hpp>
#include <jackfield/telecom/msisdn.hpp>

namespace network_element {
namespace {

constexpr int no_subscriber = 3002, no_ki = 3005;

bool is_digits(std::string_view text, std::size_t count) {
  return text.size() == count && text.find_first_not_of("0123456789") == std::string_view::npos;
}

const std::string& checked_imsi(const std::string& imsi) {
  if (is_digits(imsi, 15)) return imsi;
  throw jackfield::Fail{"INPUT_INVALID",
                        "found an IMSI of " + std::to_string(imsi.size()) + " characters, expected 15 digits"};
}

const std::string& checked_ki(const std::string& ki) {
  const bool is_ki = ki.size() == 32 && ki.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  if (is_ki) return ki;
  throw jackfield::Fail{"INPUT_INVALID",
                        "found a Ki of " + std::to_string(ki.size()) + " characters, expected 32 hexadecimal ones"};
}

}  // namespace

std::string isdn_of(std::string_view msisdn) {
  const std::string national = jackfield::telecom::Msisdn::national(msisdn);
  if (is_digits(national, 11)) return "86" + national;
  throw jackfield::Fail{"INPUT_INVALID",
                        "found a number of " + std::to_string(msisdn.size()) + " characters, expected eleven digits"};
}

std::optional<Subscriber> HomeRegister::subscriber(const std::string& isdn) {
  const auto reply = talk_.list(MmlCommand("LST SUB").text("ISDN", isdn), {no_subscriber});
  if (!reply.is_done()) return {};
  return Subscriber{reply.field("IMSI"), reply.field("BARRED") == "TRUE"};
}

bool HomeRegister::has_ki(const std::string& imsi) {
  return talk_.list(MmlCommand("LST KI").text("IMSI", checked_imsi(imsi)), {no_ki}).is_done();
}

void HomeRegister::add_ki(const std::string& imsi, const std::string& ki) {
  talk_.change(MmlCommand("ADD KI").text("IMSI", checked_imsi(imsi)).text("KIVALUE", checked_ki(ki)),
               [&] { return has_ki(imsi); });
}

void HomeRegister::add_subscriber(const std::string& imsi, const std::string& isdn, std::int64_t template_id) {
  talk_.change(
      MmlCommand("ADD TPLSUB").text("IMSI", imsi).text("ISDN", isdn).word("TPLID", std::to_string(template_id)), [&] {
        const auto line = subscriber(isdn);
        return line && line->imsi == imsi;
      });
}

void HomeRegister::change_imsi(const std::string& isdn, const std::string& imsi) {
  talk_.change(MmlCommand("MOD IMSI").text("ISDN", isdn).text("NEWIMSI", checked_imsi(imsi)), [&] {
    const auto line = subscriber(isdn);
    return line && line->imsi == imsi;
  });
}

void HomeRegister::change_isdn(const std::string& isdn, const std::string& new_isdn) {
  talk_.change(MmlCommand("MOD ISDN").text("ISDN", isdn).text("NEWISDN", new_isdn),
               [&] { return !subscriber(isdn) && subscriber(new_isdn); });
}

void HomeRegister::bar(const std::string& isdn, bool barred) {
  talk_.change(MmlCommand("MOD LCK").text("ISDN", isdn).word("BARRED", barred ? "TRUE" : "FALSE"), [&] {
    const auto line = subscriber(isdn);
    return line && line->is_barred == barred;
  });
}

void HomeRegister::remove_subscriber(const std::string& isdn) {
  talk_.change(MmlCommand("RMV SUB").text("ISDN", isdn).word("RMVKI", "TRUE"), [&] { return !subscriber(isdn); },
               {no_subscriber});
}

void HomeRegister::remove_ki(const std::string& imsi) {
  talk_.change(MmlCommand("RMV KI").text("IMSI", checked_imsi(imsi)), [&] { return !has_ki(imsi); }, {no_ki});
}

}  // namespace network_element
