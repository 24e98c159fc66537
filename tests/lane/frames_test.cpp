// The wire format: what goes in comes out, and nothing that is not made so gets in.
#include "lane/frames.hpp"
#include "lane/switchboard.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

namespace jackfield::lane {
namespace {

std::string text(const jf_bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data), std::size_t(bytes.len)};
}

Task task() {
  Task one;
  one.token = 0xfedcba9876543210;
  one.step = "credit.check";
  one.instance = "01J";
  one.flow = "open-account";
  one.key = "01J/credit";
  one.attempt = 3;
  one.deadline_ms = 1732262400123;
  one.input = {0x81, 0xa1, 'a', 0x01};
  return one;
}

zmq::message_t raw(std::initializer_list<int> bytes) {
  zmq::message_t message(bytes.size());
  std::size_t at = 0;
  for (int byte : bytes) message.data<std::uint8_t>()[at++] = static_cast<std::uint8_t>(byte);
  return message;
}

bool malformed(const zmq::message_t& message) { return std::holds_alternative<Malformed>(decode(message)); }

TEST(Frames, ATaskComesOutAsItWentIn) {
  Bundle bundle;
  bundle.add(task());
  bundle.add(task());
  const auto message = bundle.take();
  EXPECT_EQ(bundle.count(), 0u);
  const auto frame = decode(message);
  ASSERT_TRUE(std::holds_alternative<Tasks>(frame));
  ASSERT_EQ(std::get<Tasks>(frame).tasks.size(), 2u);
  const jf_task& out = std::get<Tasks>(frame).tasks[1];
  EXPECT_EQ(out.size, sizeof(jf_task));
  EXPECT_EQ(out.token, task().token);
  EXPECT_EQ(out.attempt, 3u);
  EXPECT_EQ(out.deadline_ms, 1732262400123);
  EXPECT_EQ(text(out.step), "credit.check");
  EXPECT_EQ(text(out.instance), "01J");
  EXPECT_EQ(text(out.flow), "open-account");
  EXPECT_EQ(text(out.key), "01J/credit");
  EXPECT_EQ(text(out.input), std::string("\x81\xa1" "a\x01"));
}

TEST(Frames, WhatSpeaksForARunnerComesOutAsItWentIn) {
  EXPECT_EQ(std::get<Report>(decode(encode(Report{77}))).pid, 77u);
  const std::string json = R"({"file":"x"})";
  const auto orders = encode(Orders{json});
  EXPECT_EQ(std::get<Orders>(decode(orders)).json, json);
  const auto refusal = encode(Refusal{"it does not like its settings"});
  EXPECT_EQ(std::get<Refusal>(decode(refusal)).text, "it does not like its settings");
  for (const double value : {1.0, -3.0, 0.25, 1e300}) {
    const auto message = encode(Measured{1, "tries", "\x80", value});
    const auto out = std::get<Measured>(decode(message));
    EXPECT_EQ(out.kind, 1);
    EXPECT_EQ(out.name, "tries");
    EXPECT_EQ(out.labels, "\x80");
    EXPECT_EQ(out.value, value) << "whole numbers travel as such, and come out the same";
  }
  const auto uncancel = encode(Uncancel{{3, 5}});
  EXPECT_EQ(std::get<Uncancel>(decode(uncancel)).tokens, (std::vector<std::uint64_t>{3, 5}));
}

TEST(Frames, AnAnswerComesOutAsItWentIn) {
  AnswerView in{7, JF_RETRY, 250, 85, std::string_view("\x80", 1), "BUSY", "try again"};
  Bundle bundle;
  bundle.add(in);
  const auto message = bundle.take();
  const auto frame = decode(message);
  ASSERT_TRUE(std::holds_alternative<Answers>(frame));
  const auto& out = std::get<Answers>(frame).answers.at(0);
  EXPECT_EQ(out.token, 7u);
  EXPECT_EQ(out.status, JF_RETRY);
  EXPECT_EQ(out.retry_after_ms, 250u);
  EXPECT_EQ(out.took_us, 85);
  EXPECT_EQ(out.output, in.output);
  EXPECT_EQ(out.code, "BUSY");
  EXPECT_EQ(out.text, "try again");
}

TEST(Frames, TheSmallOnesComeOutAsTheyWentIn) {
  const auto hello = encode(Hello{"credit", 128, 4});
  const auto frame = decode(hello);
  ASSERT_TRUE(std::holds_alternative<Hello>(frame));
  EXPECT_EQ(std::get<Hello>(frame).plugin, "credit");
  EXPECT_EQ(std::get<Hello>(frame).credit, 128u);
  EXPECT_EQ(std::get<Hello>(frame).place, 4u);
  const auto cancel = decode(encode(Cancel{{1, 1ull << 63}}));
  ASSERT_TRUE(std::holds_alternative<Cancel>(cancel));
  EXPECT_EQ(std::get<Cancel>(cancel).tokens, (std::vector<std::uint64_t>{1, 1ull << 63}));
  EXPECT_TRUE(std::holds_alternative<Goodbye>(decode(encode(Goodbye{}))));
  EXPECT_EQ(std::get<Ping>(decode(encode(Ping{9}))).number, 9u);
  EXPECT_EQ(std::get<Pong>(decode(encode(Pong{9}))).number, 9u);
}

// These bytes are the format: they stay what they are.
TEST(Frames, GoodbyeIsTheseBytes) {
  const auto message = encode(Goodbye{});
  const std::vector<std::uint8_t> bytes(message.data<std::uint8_t>(), message.data<std::uint8_t>() + message.size());
  EXPECT_EQ(bytes, (std::vector<std::uint8_t>{1, 0x91, 5}));
}

TEST(Frames, AnythingElseIsMalformed) {
  EXPECT_TRUE(malformed(raw({})));
  EXPECT_TRUE(malformed(raw({1})));
  EXPECT_TRUE(malformed(raw({2, 0x91, 5}))) << "another version";
  EXPECT_TRUE(malformed(raw({1, 0x91, 99}))) << "an unknown kind";
  EXPECT_TRUE(malformed(raw({1, 0x91, 5, 0}))) << "bytes behind the end";
  EXPECT_TRUE(malformed(raw({1, 0x05}))) << "no array";
  EXPECT_TRUE(malformed(raw({1, 0x92, 2, 0x90}))) << "no tasks";
  EXPECT_TRUE(malformed(raw({1, 0x92, 2, 0x91, 0x91, 1}))) << "a task of one member";
  EXPECT_TRUE(malformed(raw({1, 0x92, 3, 0xdd, 0xff, 0xff, 0xff, 0xff}))) << "four billion answers";
  EXPECT_TRUE(malformed(raw({1, 0x93, 1, 0xa1, 'p', 0}))) << "no place";
}

TEST(Frames, MembersOfALaterVersionArePassedOver) {
  EXPECT_TRUE(std::holds_alternative<Goodbye>(decode(raw({1, 0x92, 5, 0x81, 0xa1, 'k', 0x91, 0xc0}))));
  const auto frame = decode(raw({1, 0x93, 3, 0x91, 0x98, 7, 0, 0, 9, 0xc4, 0, 0xa0, 0xa0, 0x92, 0xc0, 1, 0xc3}));
  ASSERT_TRUE(std::holds_alternative<Answers>(frame));
  EXPECT_EQ(std::get<Answers>(frame).answers.at(0).token, 7u);
  EXPECT_EQ(std::get<Answers>(frame).answers.at(0).took_us, 9);
}

TEST(Frames, ATaskWithoutATokenIsMalformed) {
  auto nameless = task();
  nameless.token = 0;
  Bundle bundle;
  bundle.add(nameless);
  EXPECT_TRUE(malformed(bundle.take()));
}

TEST(Frames, MoreTasksThanAMessageHoldsAreMalformed) {
  Bundle bundle;
  for (std::size_t i = 0; i <= max_tasks; ++i) bundle.add(task());
  EXPECT_TRUE(malformed(bundle.take()));
}

TEST(Frames, EveryTruncationIsMalformed) {
  Bundle bundle;
  bundle.add(task());
  const auto whole = bundle.take();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    zmq::message_t cut(size);
    std::memcpy(cut.data(), whole.data(), size);
    EXPECT_TRUE(malformed(cut)) << size;
  }
}

// Random damage: decoded or refused, never a read outside the message (run under asan to be sure of it).
TEST(Frames, SurvivesAnyBytes) {
  Bundle bundle;
  bundle.add(task());
  bundle.add(task());
  const auto whole = bundle.take();
  std::mt19937 random(42);
  std::size_t refused = 0, text_bytes = 0;
  for (int round = 0; round < 20'000; ++round) {
    zmq::message_t damaged(whole.size());
    std::memcpy(damaged.data(), whole.data(), whole.size());
    for (int i = 0; i < 3; ++i)
      damaged.data<std::uint8_t>()[random() % whole.size()] = static_cast<std::uint8_t>(random());
    const auto frame = decode(damaged);
    if (const auto* const tasks = std::get_if<Tasks>(&frame))
      for (const auto& one : tasks->tasks) text_bytes += text(one.key).size() + text(one.input).size();
    else
      ++refused;
  }
  EXPECT_GT(refused, 1000u);
  EXPECT_GT(text_bytes, 0u);
}

}  // namespace
}  // namespace jackfield::lane
