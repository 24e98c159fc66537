// What comes from the network element: bytes, in which a reply is looked for.
//
// Input: the bytes; the first line may name the command. Promised: a reply only where there is one, to that command,
// whole; what is found does not depend on what follows it.
#include "harness.hpp"

#include "network_element/mml_reply.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jackfield;
  std::string_view bytes = fuzz::text_of(data, size);
  std::string command = "LST SUB";
  if (bytes.starts_with('#')) {
    const auto end = std::min(bytes.find('\n'), bytes.size() - 1);
    command = bytes.substr(1, end - 1 < 64 ? end - 1 : 64);
    bytes.remove_prefix(end + 1);
  }
  const auto begin = network_element::reply_begin(bytes);
  if (begin == std::string_view::npos) {
    fuzz::require(!network_element::parse_reply(bytes, command), "no reply without its head");
    return 0;
  }
  const auto from_begin = bytes.substr(begin);
  const auto end = network_element::reply_end(from_begin);
  const auto reply = network_element::parse_reply(bytes, command);
  if (!reply) return 0;
  fuzz::require(end != std::string_view::npos && end <= from_begin.size(), "a reply that is read has an end");
  fuzz::require(reply->retcode >= 0 && reply->text.size() <= 200, "its code and text are within bounds");
  const auto alone = network_element::parse_reply(from_begin.substr(0, end), command);
  fuzz::require(alone && alone->retcode == reply->retcode && alone->fields == reply->fields,
                "what follows a reply changes nothing of it");
  const auto followed =
      network_element::parse_reply(std::string(from_begin.substr(0, end)) + "\n+++\nRETCODE = 1\n--- END\n", command);
  fuzz::require(followed && followed->retcode == reply->retcode, "nor does another reply");
  return 0;
}
