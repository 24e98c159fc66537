// The steps of the credit files: add an order's assessment, and take it away.
#include "profiles.hpp"

#include <jackfield/plugin.hpp>

#include <cstdint>
#include <string>

namespace credit_profile {

using jackfield::NoSettings;
using jackfield::required;
using std::string;

struct CreateIn {
  string customer;
  string msisdn;
  string grade;
  std::int64_t deposit_fen = 0;
  JF_FIELDS((customer, "whose file", required), (msisdn, "the line", required), (grade, "A to E", required),
            (deposit_fen, "the deposit taken for this line"))
};

struct CreateOut {
  string customer;
  string grade;
  std::int64_t deposit_fen = 0;
  JF_FIELDS(customer, (grade, "the file's grade now"), (deposit_fen, "the file's deposits together"))
};

struct Create : jackfield::Step<NoSettings, CreateIn, CreateOut, Profiles> {
  static constexpr auto info =
      jackfield::step("credit_profile.create", "Enters how a customer's credit was found, and the deposit").keyed();

  CreateOut run(const CreateIn& in, jackfield::Context& ctx) {
    if (in.deposit_fen < 0)
      throw jackfield::Fail{"INPUT_INVALID", "found a deposit of " + std::to_string(in.deposit_fen) +
                                                 " fen, expected 0 or more"};
    shared.add({string(ctx.instance()), in.customer, in.msisdn, in.grade, in.deposit_fen}, ctx.now());
    const auto profile = shared.of(in.customer);
    return {in.customer, profile.grade, profile.deposit_fen};
  }
};

struct Remove : jackfield::Step<NoSettings, jackfield::Nothing, jackfield::Nothing, Profiles> {
  static constexpr auto info =
      jackfield::step("credit_profile.remove", "Undoes credit_profile.create: the order's assessment").idempotent();

  jackfield::Nothing run(const jackfield::Nothing&, jackfield::Context& ctx) {
    shared.remove(string(ctx.instance()));
    return {};
  }
};

}  // namespace credit_profile

JACKFIELD_PLUGIN("credit_profile", "1.0.0", credit_profile::Create, credit_profile::Remove)
