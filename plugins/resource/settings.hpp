// What an operator sets for the stock of numbers and cards.
#pragma once

#include <jackfield/plugin.hpp>
#include <jackfield/telecom/iccid.hpp>
#include <jackfield/telecom/imsi.hpp>
#include <jackfield/telecom/msisdn.hpp>

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace resource {

struct Settings {
  jackfield::Path numbers{"data/numbers.csv"};
  jackfield::Path cards{"data/cards.csv"};
  jackfield::Duration hold = std::chrono::minutes(30);
  std::map<std::string, jackfield::Duration> holds;
  jackfield::Duration cooling = std::chrono::hours(24 * 90);
  std::vector<std::string> card_types{"SIM", "STK", "USIM"};
  std::vector<std::string> msisdn_prefixes = jackfield::telecom::Msisdn::default_prefixes();
  std::vector<std::string> iccid_prefixes = jackfield::telecom::Iccid::default_prefixes();
  std::vector<std::string> imsi_prefixes = jackfield::telecom::Imsi::default_prefixes();

  JF_FIELDS((numbers, "stock of numbers, CSV: msisdn,grade,fee_fen"),
            (cards, "stock of cards, CSV: iccid,imsi,ki,type"),
            (hold, "how long a reservation holds"),
            (holds, "other holds, by channel or by kind (number, card); a channel's goes before a kind's"),
            (cooling, "how long a released number rests before it is free again"),
            (card_types, "types a card of the stock may have: those an order may ask for"),
            (msisdn_prefixes, "prefixes of this operator's numbers: \"135\", \"135-139\", \"134[0-8]\""),
            (iccid_prefixes, "prefixes of its cards"), (imsi_prefixes, "prefixes of its subscribers"))
};

}  // namespace resource
