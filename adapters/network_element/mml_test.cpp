// MML on the wire: what a command looks like, and which bytes are a reply.
#include "mml_command.hpp"
#include "mml_reply.hpp"
#include "mml_session.hpp"

#include <jackfield/error.hpp>

#include <gtest/gtest.h>

namespace {

using network_element::MmlCommand;
using network_element::MmlReply;
using network_element::MmlSession;
using network_element::parse_reply;
using network_element::reply_begin;
using network_element::reply_end;

const std::string reply =
    "+++    HLR9820        2026-11-22 08:00:00\r\nSMU    #000042\r\n%%LST SUB: ISDN=\"8613800138000\";%%\r\n"
    "RETCODE = 0 SUCCESS0001: Operation is successful\r\nIMSI = 460001234567890\r\nISDN = 8613800138000\r\n"
    "BARRED = TRUE\r\n---    END\r\n";

std::string with(const std::string& from, const std::string& to) {
  std::string text = reply;
  return text.replace(text.find(from), from.size(), to);
}

TEST(MmlCommand, IsWrittenAsTheNetworkWantsIt) {
  MmlCommand command("ADD TPLSUB");
  command.text("IMSI", "460001234567890").text("ISDN", "8613800138000").word("TPLID", "1");
  EXPECT_EQ(command.wire(), "ADD TPLSUB:IMSI=\"460001234567890\",ISDN=\"8613800138000\",TPLID=1;\n");
  EXPECT_EQ(MmlCommand("LGO").wire(), "LGO:;\n");
}

TEST(MmlCommand, RefusesAValueThatWouldEndItsQuotes) {
  for (const char* value : {"", "a\"b", "a;b", "a\nb", "%%"}) {
    EXPECT_THROW(MmlCommand("LST SUB").text("ISDN", value), jackfield::Fail) << value;
  }
}

TEST(MmlReply, IsReadWithItsFields) {
  const auto read = parse_reply(reply, "LST SUB");
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->is_done());
  EXPECT_EQ(read->field("IMSI"), "460001234567890");
  EXPECT_EQ(read->field("BARRED"), "TRUE");
  EXPECT_EQ(read->field("KI"), "");
}

TEST(MmlReply, TellsARefusal) {
  const auto read = parse_reply(
      with("RETCODE = 0 SUCCESS0001: Operation is successful", "RETCODE = 5001 ERR5001: system busy"), "LST SUB");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->retcode, 5001);
  EXPECT_TRUE(read->is_busy());
  EXPECT_EQ(read->text, "ERR5001: system busy");
}

TEST(MmlReply, IsNothingWhereItIsMisshapen) {
  EXPECT_FALSE(parse_reply(reply, "ADD KI"));  // another command's
  EXPECT_FALSE(parse_reply(with("+++", "---"), "LST SUB"));
  EXPECT_FALSE(parse_reply(with("RETCODE = 0", "RETCODE = x"), "LST SUB"));
  EXPECT_FALSE(parse_reply(with("RETCODE = 0", "RETCODE = -1"), "LST SUB"));
  EXPECT_FALSE(parse_reply(with("RETCODE", "RETKODE"), "LST SUB"));
  EXPECT_FALSE(parse_reply(with("---    END\r\n", ""), "LST SUB"));
  EXPECT_FALSE(parse_reply(with("---    END\r\n", "---    EN"), "LST SUB"));
  EXPECT_FALSE(parse_reply("", "LST SUB"));
}

TEST(MmlReply, EndsWithItsEndLineAndNotBefore) {
  EXPECT_EQ(reply_end(reply), reply.size());
  const std::size_t last = reply.size() - 2;  // "---    END" with CR LF still to come
  for (std::size_t cut = 0; cut < last; ++cut) {
    EXPECT_EQ(reply_end(std::string_view(reply).substr(0, cut)), std::string::npos);
  }
  EXPECT_EQ(reply_end(std::string_view(reply).substr(0, last)), last);
  EXPECT_EQ(reply_end(reply + "+++"), reply.size());
}

TEST(MmlReply, IsFoundAmongWhatIsSaidAroundIt) {
  for (const std::string before : {"", "\r\n", " \t", "HLR9820> ", "Welcome\r\n\r\n> "}) {
    EXPECT_EQ(reply_begin(before + reply), before.size());
    EXPECT_TRUE(parse_reply(before + reply + "\r\n> ", "LST SUB")) << before;
  }
  EXPECT_EQ(reply_begin("\r\nHLR9820> ++"), std::string::npos);
  EXPECT_TRUE(parse_reply(reply.substr(0, reply.size() - 2), "LST SUB"));  // the last line's end is missing
  EXPECT_EQ(parse_reply(with("460001234567890", "\"460001234567890\""), "LST SUB")->field("IMSI"), "460001234567890");
}

TEST(MmlReply, AnyCutOrChangedByteIsReadWithoutHarm) {
  for (std::size_t at = 0; at < reply.size(); ++at) {
    for (const char byte : {'\0', '\n', '=', '%', '\xff'}) {
      std::string changed = reply;
      changed[at] = byte;
      const auto end = reply_end(changed);
      const auto read = parse_reply(changed, "LST SUB");
      EXPECT_TRUE(!read || end != std::string::npos);
    }
  }
}

TEST(MmlSession, RefusesAnAddressThatIsNone) {
  for (const char* address : {"", "http://h:1", "tcp://", "tcp://h", "tcp://h:", "tcp://:1", "tcp://h:x"}) {
    EXPECT_THROW(MmlSession(address, "o", "p"), std::invalid_argument) << address;
  }
}

}  // namespace
