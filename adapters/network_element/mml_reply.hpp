// One MML reply, read out of its lines.
//
//   +++    HLR9820        2026-11-22 08:00:00
//   SMU    #000042
//   %%LST SUB: …;%%
//   RETCODE = 0 SUCCESS0001: Operation is successful
//   IMSI = 460001234567890
//   ---    END
//
// What stands before the "+++" and after the END is no part of it: blanks, line ends, a prompt, as vendors like them.
// The END counts also where the end of its line does not come.
// The echoed command is looked at for its name only, and kept nowhere: it may hold a Ki.
// Thread rule: a value. Errors: nothing where the text is no such reply.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace network_element {

struct MmlReply {
  static constexpr std::size_t bytes_most = 64 * 1024;

  int retcode = 0;
  std::string text;                           // "ERR3001: subscriber already defined"
  std::map<std::string, std::string> fields;  // of LST SUB: IMSI, ISDN, BARRED

  [[nodiscard]] bool is_done() const { return retcode == 0; }
  [[nodiscard]] bool is_busy() const { return retcode >= 5000 && retcode < 6000; }
  /// The field, or empty.
  [[nodiscard]] std::string field(const std::string& name) const;
};

/// Where in the bytes a reply begins (its "+++"), or npos.
[[nodiscard]] std::size_t reply_begin(std::string_view bytes);
/// Where in the bytes the reply that begins there ends (just past its END line), or npos.
[[nodiscard]] std::size_t reply_end(std::string_view bytes);

/// The reply to `command`; nothing where the bytes are none, or one to another command.
[[nodiscard]] std::optional<MmlReply> parse_reply(std::string_view bytes, std::string_view command);

}  // namespace network_element
