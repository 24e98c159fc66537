// The credit system: whether a customer may have what is ordered, and against what deposit. HTTP JSON.
#include <jackfield/http_answer.hpp>
#include <jackfield/json.hpp>
#include <jackfield/plugin.hpp>
#include <jackfield/telecom/msisdn.hpp>

#include <string_view>

namespace {

using namespace std::chrono_literals;

constexpr std::string_view who = "the credit system";

struct Settings {
  std::string url = "http://127.0.0.1:7201";
  jackfield::Duration timeout = 5s;
  JF_FIELDS((url, "where the credit system listens: http://host:port"), (timeout, "the longest one question may take"))
};

struct CreditSystem {
  static constexpr auto traits = jackfield::traits().reentrant().blocking().summary("客户信用管理系统");
  CreditSystem(const Settings& settings, jackfield::Host&) : client(settings.url) {}
  jackfield::HttpClient client;
};

struct CheckIn {
  std::string id_type;
  jackfield::Sensitive id_number;
  std::string msisdn;
  JF_FIELDS((id_type, "kind of identity", jackfield::required), (id_number, "its number", jackfield::required),
            (msisdn, "the number ordered"))
};

/// The question as the credit system wants it.
struct Question {
  std::string key, id_type, id_number, msisdn;
  JF_FIELDS(key, id_type, id_number, msisdn)
};

struct CheckOut {
  std::string grade = "C";
  bool blacklisted = false;
  std::int64_t arrears_fen = 0, deposit_fen = 0;
  JF_FIELDS((grade, "A to E"), (blacklisted, "the credit system's own blacklist"), (arrears_fen, "owed"),
            (deposit_fen, "to be added to the fee"))
};

/// The answer, strictly: money nobody owes anybody is not read out of a malformed one.
struct Verdict {
  std::string grade;
  bool blacklisted = false;
  std::int64_t arrears_fen = 0, deposit_fen = 0;
  JF_FIELDS((grade, "", jackfield::required), blacklisted, arrears_fen, deposit_fen)
};

CheckOut read(std::string_view body) {
  Verdict verdict;
  try {
    verdict = jackfield::from_json<Verdict>(body);
  } catch (const std::invalid_argument& error) {
    throw jackfield::Fail{"ANSWER_INVALID", std::string(who) + " answered what is no verdict: " + error.what()};
  }
  const bool is_grade = verdict.grade.size() == 1 && verdict.grade[0] >= 'A' && verdict.grade[0] <= 'E';
  if (!is_grade || verdict.arrears_fen < 0 || verdict.deposit_fen < 0) {
    throw jackfield::Fail{"ANSWER_INVALID", std::string(who) + " answered a grade outside A to E, or money below 0"};
  }
  return {verdict.grade, verdict.blacklisted, verdict.arrears_fen, verdict.deposit_fen};
}

struct Check : jackfield::Step<Settings, CheckIn, CheckOut, CreditSystem> {
  static constexpr auto info =
      jackfield::step("credit.check", "Asks the credit system for a customer's standing").idempotent();

  CheckOut run(const CheckIn& in, jackfield::Context& ctx) {
    const Question question{std::string(ctx.key()), in.id_type, in.id_number.reveal(),
                            jackfield::telecom::Msisdn::national(in.msisdn)};
    const auto reply =
        jackfield::send_or_retry(shared.client, "POST", "/v1/credit-checks", "application/json",
                                 jackfield::to_json(question), jackfield::time_for(ctx, settings.timeout), who);
    if (reply.status == 404) return {};  // a customer nobody knows
    jackfield::expect_success(reply, who);
    const CheckOut out = read(reply.body);
    if (out.blacklisted) return out;  // the flow has a way of its own for these
    if (out.arrears_fen > 0) throw jackfield::Reject{"ARREARS", "您有欠费未缴清,业务不能办理"};
    if (out.grade == "E") throw jackfield::Reject{"CREDIT_REFUSED", "您的信用等级不符合要求,业务不能办理"};
    return out;
  }
};

}  // namespace

JACKFIELD_ADAPTER("credit", "1.0.0", Check)
