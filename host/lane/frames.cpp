#include "lane/frames.hpp"

#include "lane/handover.hpp"
#include "lane/packing.hpp"
#include "lane/switchboard.hpp"

#include <msgpack.hpp>

#include <optional>

namespace jackfield::lane {
namespace {

enum Kind : std::uint8_t { hello = 1, tasks, answers, cancel, goodbye, ping, pong, report, orders, refusal, measured, uncancel };

constexpr std::size_t max_text_bytes = 64u << 10;
constexpr std::size_t header_bytes = 8;  // version, array of 2, kind, array32 and its count

using Packer = msgpack::packer<Sink>;

// What is too long ends before the character that would be split.
std::string_view cut(std::string_view text) {
  if (text.size() <= max_text_bytes) return text;
  std::size_t end = max_text_bytes;
  while (end > max_text_bytes - 4 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

// Hands the vector over to ZeroMQ, which frees it on whatever thread is done with it last.
zmq::message_t hand_over(std::vector<std::uint8_t>&& bytes) {
  auto* const owned = new std::vector<std::uint8_t>(std::move(bytes));
  given(owned->data());
  return {owned->data(), owned->size(),
          [](void* data, void* hint) {
            taken(data);
            delete static_cast<std::vector<std::uint8_t>*>(hint);
          },
          owned};
}

template <class Fill>
zmq::message_t small(std::uint32_t members, Kind kind, Fill fill) {
  std::vector<std::uint8_t> bytes{frame_version};
  Sink sink(bytes);
  Packer packer(sink);
  packer.pack_array(members);
  packer.pack(static_cast<std::uint8_t>(kind));
  fill(packer);
  return hand_over(std::move(bytes));
}

// Reads one msgpack array member by member; the first that does not fit makes it bad for good.
class Reader {
 public:
  explicit Reader(const msgpack::object& object) {
    good_ = object.type == msgpack::type::ARRAY;
    if (good_) array_ = object.via.array;
  }
  [[nodiscard]] bool good() const { return good_; }
  /// Members this version does not know may follow.
  template <class Number>
  Number number() {
    const auto* const member = next();
    if (member == nullptr) return 0;
    if (member->type == msgpack::type::POSITIVE_INTEGER) {
      if (member->via.u64 <= static_cast<std::uint64_t>(std::numeric_limits<Number>::max()))
        return static_cast<Number>(member->via.u64);
    } else if (member->type == msgpack::type::NEGATIVE_INTEGER && std::is_signed_v<Number> &&
               member->via.i64 >= static_cast<std::int64_t>(std::numeric_limits<Number>::min())) {
      return static_cast<Number>(member->via.i64);
    }
    good_ = false;
    return 0;
  }
  std::string_view text() {
    const auto* const member = next();
    if (member != nullptr && member->type == msgpack::type::STR && member->via.str.size <= max_text_bytes)
      return {member->via.str.ptr, member->via.str.size};
    good_ = false;
    return {};
  }
  double real() {
    const auto* const member = next();
    if (member != nullptr && (member->type == msgpack::type::FLOAT32 || member->type == msgpack::type::FLOAT64))
      return member->via.f64;
    // A whole number travels as one.
    if (member != nullptr && member->type == msgpack::type::POSITIVE_INTEGER) return double(member->via.u64);
    if (member != nullptr && member->type == msgpack::type::NEGATIVE_INTEGER) return double(member->via.i64);
    good_ = false;
    return 0;
  }
  std::string_view bytes() {
    const auto* const member = next();
    if (member != nullptr && member->type == msgpack::type::BIN) return {member->via.bin.ptr, member->via.bin.size};
    good_ = false;
    return {};
  }
  /// A list of 1 to `most`.
  std::optional<msgpack::object_array> list(std::size_t most) {
    const auto* const member = next();
    if (member != nullptr && member->type == msgpack::type::ARRAY && member->via.array.size >= 1 &&
        member->via.array.size <= most)
      return member->via.array;
    good_ = false;
    return std::nullopt;
  }

 private:
  const msgpack::object* next() {
    if (good_ && at_ < array_.size) return &array_.ptr[at_++];
    good_ = false;
    return nullptr;
  }

  msgpack::object_array array_{};
  std::uint32_t at_ = 0;
  bool good_ = false;
};

jf_bytes borrowed(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

Frame read_tasks(Reader& reader) {
  const auto list = reader.list(max_tasks);
  if (!list) return Malformed{"TASKS without a list of 1 to 64 tasks"};
  Tasks frame;
  frame.tasks.reserve(list->size);
  for (std::uint32_t i = 0; i < list->size; ++i) {
    Reader one(list->ptr[i]);
    jf_task task{};
    task.size = sizeof(jf_task);
    task.token = one.number<std::uint64_t>();
    task.attempt = one.number<std::uint32_t>();
    task.deadline_ms = one.number<std::int64_t>();
    task.step = borrowed(one.text());
    task.instance = borrowed(one.text());
    task.flow = borrowed(one.text());
    task.key = borrowed(one.text());
    task.input = borrowed(one.bytes());
    if (!one.good() || task.token == 0) return Malformed{"a task that is not made as frames.hpp says"};
    frame.tasks.push_back(task);
  }
  return frame;
}

Frame read_answers(Reader& reader) {
  const auto list = reader.list(max_answers);
  if (!list) return Malformed{"ANSWERS without a list of 1 to 4096 answers"};
  Answers frame;
  frame.answers.reserve(list->size);
  for (std::uint32_t i = 0; i < list->size; ++i) {
    Reader one(list->ptr[i]);
    AnswerView answer;
    answer.token = one.number<std::uint64_t>();
    answer.status = one.number<std::int32_t>();
    answer.retry_after_ms = one.number<std::uint32_t>();
    answer.took_us = one.number<std::int64_t>();
    answer.output = one.bytes();
    answer.code = one.text();
    answer.text = one.text();
    if (!one.good()) return Malformed{"an answer that is not made as frames.hpp says"};
    frame.answers.push_back(answer);
  }
  return frame;
}

template <class Listing>
Frame read_tokens(Reader& reader) {
  const auto list = reader.list(max_answers);
  if (!list) return Malformed{"CANCEL or UNCANCEL without a list of tokens"};
  Listing frame;
  for (std::uint32_t i = 0; i < list->size; ++i) {
    if (list->ptr[i].type != msgpack::type::POSITIVE_INTEGER)
      return Malformed{"CANCEL or UNCANCEL with a token that is no number"};
    frame.tokens.push_back(list->ptr[i].via.u64);
  }
  return frame;
}

Frame read_measured(Reader& reader) {
  Measured frame;
  frame.kind = reader.number<std::int32_t>();
  frame.name = reader.text();
  frame.labels = reader.bytes();
  frame.value = reader.real();
  if (!reader.good()) return Malformed{"METRIC without kind, name, labels and value"};
  return frame;
}

// What speaks for a runner process, and to it.
Frame read_runner(std::uint8_t kind, Reader& reader) {
  if (kind == uncancel) return read_tokens<Uncancel>(reader);
  if (kind == measured) return read_measured(reader);
  if (kind == report) {
    const Report frame{reader.number<std::uint64_t>()};
    if (reader.good()) return frame;
  } else if (kind == orders) {
    const Orders frame{reader.bytes()};
    if (reader.good()) return frame;
  } else if (kind == refusal) {
    const Refusal frame{reader.text()};
    if (reader.good()) return frame;
  } else {
    return Malformed{"a kind this version does not know"};
  }
  return Malformed{"REPORT, ORDERS or REFUSAL that is not made as frames.hpp says"};
}

Frame read(const msgpack::object& object) {
  Reader reader(object);
  const auto kind = reader.number<std::uint8_t>();
  if (!reader.good()) return Malformed{"no array that begins with a kind"};
  switch (kind) {
    case hello: {
      Hello frame;
      frame.plugin = reader.text();
      frame.credit = reader.number<std::uint64_t>();
      frame.place = reader.number<std::uint64_t>();
      if (!reader.good() || frame.credit == 0) return Malformed{"HELLO without plugin, credit and place"};
      return frame;
    }
    case tasks: return read_tasks(reader);
    case answers: return read_answers(reader);
    case cancel: return read_tokens<Cancel>(reader);
    case goodbye: return Goodbye{};
    case ping:
    case pong: {
      const auto number = reader.number<std::uint64_t>();
      if (!reader.good()) return Malformed{"PING or PONG without a number"};
      if (kind == ping) return Ping{number};
      return Pong{number};
    }
    default: return read_runner(kind, reader);
  }
}

}  // namespace

Frame decode(const zmq::message_t& message) {
  const auto* const data = static_cast<const char*>(message.data());
  taken(const_cast<char*>(data));
  if (message.size() < 2) return Malformed{"a message of less than two bytes"};
  if (message.size() > max_frame_bytes) return Malformed{"a message over 64 MiB"};
  if (static_cast<std::uint8_t>(data[0]) != frame_version) return Malformed{"another version than 1"};
  const msgpack::unpack_limit limit(max_answers, 0, max_text_bytes, max_output_bytes, 0, 8);
  const auto reference = [](msgpack::type::object_type, std::size_t, void*) { return true; };
  try {
    msgpack::zone zone;
    std::size_t offset = 1;
    bool referenced = false;
    const msgpack::object object = msgpack::unpack(zone, data, message.size(), offset, referenced, reference, nullptr,
                                                   limit);
    if (offset != message.size()) return Malformed{"bytes behind the end"};
    return read(object);
  } catch (const msgpack::unpack_error&) {
    return Malformed{"bytes that are no msgpack, or over a limit"};
  }
}

zmq::message_t encode(const Hello& frame) {
  return small(4, hello, [&](Packer& packer) {
    pack_text(packer, frame.plugin);
    packer.pack(frame.credit);
    packer.pack(frame.place);
  });
}

zmq::message_t encode(const Cancel& frame) {
  return small(2, cancel, [&](Packer& packer) { packer.pack(frame.tokens); });
}

zmq::message_t encode(Goodbye) {
  return small(1, goodbye, [](Packer&) {});
}

zmq::message_t encode(Ping frame) {
  return small(2, ping, [&](Packer& packer) { packer.pack(frame.number); });
}

zmq::message_t encode(Pong frame) {
  return small(2, pong, [&](Packer& packer) { packer.pack(frame.number); });
}

zmq::message_t encode(Report frame) {
  return small(2, report, [&](Packer& packer) { packer.pack(frame.pid); });
}

zmq::message_t encode(const Orders& frame) {
  return small(2, orders, [&](Packer& packer) { pack_bytes(packer, frame.json.data(), frame.json.size()); });
}

zmq::message_t encode(const Refusal& frame) {
  return small(2, refusal, [&](Packer& packer) { pack_text(packer, cut(frame.text)); });
}

zmq::message_t encode(const Measured& frame) {
  return small(5, measured, [&](Packer& packer) {
    packer.pack(frame.kind);
    pack_text(packer, cut(frame.name));
    pack_bytes(packer, frame.labels.data(), frame.labels.size());
    packer.pack(frame.value);
  });
}

zmq::message_t encode(const Uncancel& frame) {
  return small(2, uncancel, [&](Packer& packer) { packer.pack(frame.tokens); });
}

void Bundle::begin(std::uint8_t kind) {
  if (bytes_.empty()) bytes_ = {frame_version, 0x92, kind, 0xdd, 0, 0, 0, 0};
  ++count_;
}

void Bundle::add(const Task& task) {
  begin(tasks);
  Stretch stretch(bytes_, task.step.size() + task.instance.size() + task.flow.size() + task.key.size() +
                              task.input.size());
  msgpack::packer<Stretch> packer(stretch);
  packer.pack_array(8);
  packer.pack(task.token);
  packer.pack(task.attempt);
  packer.pack(task.deadline_ms);
  pack_text(packer, task.step);
  pack_text(packer, task.instance);
  pack_text(packer, task.flow);
  pack_text(packer, task.key);
  pack_bytes(packer, task.input.data(), task.input.size());
}

void Bundle::add(const AnswerView& answer) {
  begin(answers);
  const std::string_view code = cut(answer.code), text = cut(answer.text);
  Stretch stretch(bytes_, answer.output.size() + code.size() + text.size());
  msgpack::packer<Stretch> packer(stretch);
  packer.pack_array(7);
  packer.pack(answer.token);
  packer.pack(answer.status);
  packer.pack(answer.retry_after_ms);
  packer.pack(answer.took_us);
  pack_bytes(packer, answer.output.data(), answer.output.size());
  pack_text(packer, code);
  pack_text(packer, text);
}

zmq::message_t Bundle::take() {
  static_assert(header_bytes == 8);
  for (int i = 0; i < 4; ++i) bytes_[4 + std::size_t(i)] = static_cast<std::uint8_t>(count_ >> (24 - 8 * i));
  count_ = 0;
  auto bytes = std::move(bytes_);
  bytes_ = {};
  return hand_over(std::move(bytes));
}

}  // namespace jackfield::lane
