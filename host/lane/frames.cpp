#include "lane/frames.hpp"

#include "lane/cursor.hpp"
#include "lane/handover.hpp"
#include "lane/packing.hpp"
#include "lane/switchboard.hpp"

#include <msgpack.hpp>

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

jf_bytes borrowed(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// A list of 1 to `most`; 0 where it is none.
std::uint32_t list(Cursor& cursor, std::size_t most) {
  const auto count = cursor.array(1);
  return count <= most ? count : 0;
}

Frame read_tasks(Cursor& cursor) {
  const auto count = list(cursor, max_tasks);
  if (count == 0) return Malformed{"TASKS without a list of 1 to 64 tasks"};
  Tasks frame;
  frame.tasks.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    constexpr std::uint32_t known = 8;
    const auto members = cursor.array(known);
    jf_task& task = frame.tasks.emplace_back();
    task.size = sizeof(jf_task);
    task.token = cursor.number<std::uint64_t>();
    task.attempt = cursor.number<std::uint32_t>();
    task.deadline_ms = cursor.number<std::int64_t>();
    task.step = borrowed(cursor.text(max_text_bytes));
    task.instance = borrowed(cursor.text(max_text_bytes));
    task.flow = borrowed(cursor.text(max_text_bytes));
    task.key = borrowed(cursor.text(max_text_bytes));
    task.input = borrowed(cursor.bytes(max_output_bytes));
    if (!cursor.good() || task.token == 0) return Malformed{"a task that is not made as frames.hpp says"};
    cursor.skip(members - known);
  }
  return frame;
}

Frame read_answers(Cursor& cursor) {
  const auto count = list(cursor, max_answers);
  if (count == 0) return Malformed{"ANSWERS without a list of 1 to 4096 answers"};
  Answers frame;
  frame.answers.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    constexpr std::uint32_t known = 7;
    const auto members = cursor.array(known);
    AnswerView& answer = frame.answers.emplace_back();
    answer.token = cursor.number<std::uint64_t>();
    answer.status = cursor.number<std::int32_t>();
    answer.retry_after_ms = cursor.number<std::uint32_t>();
    answer.took_us = cursor.number<std::int64_t>();
    answer.output = cursor.bytes(max_output_bytes);
    answer.code = cursor.text(max_text_bytes);
    answer.text = cursor.text(max_text_bytes);
    if (!cursor.good()) return Malformed{"an answer that is not made as frames.hpp says"};
    cursor.skip(members - known);
  }
  return frame;
}

template <class Listing>
Frame read_tokens(Cursor& cursor) {
  const auto count = list(cursor, max_answers);
  if (count == 0) return Malformed{"CANCEL or UNCANCEL without a list of tokens"};
  Listing frame;
  for (std::uint32_t i = 0; i < count; ++i) frame.tokens.push_back(cursor.number<std::uint64_t>());
  if (!cursor.good()) return Malformed{"CANCEL or UNCANCEL with a token that is no number"};
  return frame;
}

Frame read_hello(Cursor& cursor) {
  Hello frame;
  frame.plugin = cursor.text(max_text_bytes);
  frame.credit = cursor.number<std::uint64_t>();
  frame.place = cursor.number<std::uint64_t>();
  if (!cursor.good() || frame.credit == 0) return Malformed{"HELLO without plugin, credit and place"};
  return frame;
}

Frame read_measured(Cursor& cursor) {
  Measured frame;
  frame.kind = cursor.number<std::int32_t>();
  frame.name = cursor.text(max_text_bytes);
  frame.labels = cursor.bytes(max_output_bytes);
  frame.value = cursor.real();
  if (!cursor.good()) return Malformed{"METRIC without kind, name, labels and value"};
  return frame;
}

template <class Said>
Frame said(const Cursor& cursor, Said frame, const char* otherwise) {
  if (!cursor.good()) return Malformed{otherwise};
  return frame;
}

Frame read_members(std::uint8_t kind, Cursor& cursor) {
  constexpr const char* no_ping = "PING or PONG without a number";
  constexpr const char* of_runner = "REPORT, ORDERS or REFUSAL that is not made as frames.hpp says";
  switch (kind) {
    case hello: return read_hello(cursor);
    case tasks: return read_tasks(cursor);
    case answers: return read_answers(cursor);
    case cancel: return read_tokens<Cancel>(cursor);
    case goodbye: return Goodbye{};
    case ping: return said(cursor, Ping{cursor.number<std::uint64_t>()}, no_ping);
    case pong: return said(cursor, Pong{cursor.number<std::uint64_t>()}, no_ping);
    case report: return said(cursor, Report{cursor.number<std::uint64_t>()}, of_runner);
    case orders: return said(cursor, Orders{cursor.bytes(max_output_bytes)}, of_runner);
    case refusal: return said(cursor, Refusal{cursor.text(max_text_bytes)}, of_runner);
    case measured: return read_measured(cursor);
    case uncancel: return read_tokens<Uncancel>(cursor);
    default: return Malformed{"a kind this version does not know"};
  }
}

std::uint32_t known_members(std::uint8_t kind) {
  switch (kind) {
    case goodbye: return 1;
    case hello: return 4;
    case measured: return 5;
    default: return 2;
  }
}

}  // namespace

Frame decode(const zmq::message_t& message) {
  const auto* const data = static_cast<const char*>(message.data());
  taken(const_cast<char*>(data));
  if (message.size() < 2) return Malformed{"a message of less than two bytes"};
  if (message.size() > max_frame_bytes) return Malformed{"a message over 64 MiB"};
  if (static_cast<std::uint8_t>(data[0]) != frame_version) return Malformed{"another version than 1"};
  Cursor cursor({data + 1, message.size() - 1});
  const auto members = cursor.array(1);
  const auto kind = cursor.number<std::uint8_t>();
  if (!cursor.good()) return Malformed{"no array that begins with a kind"};
  const auto known = known_members(kind);
  if (members < known) return Malformed{"fewer members than its kind has"};
  Frame frame = read_members(kind, cursor);
  if (std::holds_alternative<Malformed>(frame)) return frame;
  cursor.skip(members - known);
  if (!cursor.good() || !cursor.at_end()) return Malformed{"bytes behind the end"};
  return frame;
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
