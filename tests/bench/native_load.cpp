// Loads the native ingress: CLIENTS orders under way at once over one connection, each waited for to its end.
//
//   native_load tcp://HOST:PORT FLOW CLIENTS SECONDS
//
// Prints `@requests microseconds wrong p50_us p99_us`, as tests/bench/run reads it.
#include <msgpack.hpp>
#include <zmq.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

msgpack::sbuffer order(const std::string& flow, std::uint64_t number) {
  msgpack::sbuffer bytes;
  msgpack::packer<msgpack::sbuffer> packer(bytes);
  packer.pack_map(6);
  packer.pack("v"), packer.pack(1);
  packer.pack("op"), packer.pack("start");
  packer.pack("flow"), packer.pack(flow);
  packer.pack("ref"), packer.pack(number);
  packer.pack("wait_ms"), packer.pack(30'000);
  packer.pack("body"), packer.pack_map(1), packer.pack("text"), packer.pack(std::string(480, 'x'));
  return bytes;
}

struct Told {
  std::uint64_t number = 0;
  bool completed = false;
};

const msgpack::object* member(const msgpack::object& map, const std::string& name) {
  if (map.type != msgpack::type::MAP) return nullptr;
  for (const auto& pair : map.via.map) {
    if (pair.key.type == msgpack::type::STR && pair.key.as<std::string>() == name) return &pair.val;
  }
  return nullptr;
}

Told told(const zmq::message_t& message) {
  const auto handle = msgpack::unpack(static_cast<const char*>(message.data()), message.size());
  const auto* number = member(handle.get(), "ref");
  const auto* instance = member(handle.get(), "instance");
  const auto* state = instance == nullptr ? nullptr : member(*instance, "state");
  Told answer;
  if (number != nullptr) answer.number = number->as<std::uint64_t>();
  answer.completed = state != nullptr && state->as<std::string>() == "completed";
  return answer;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return std::fputs("native_load tcp://HOST:PORT FLOW CLIENTS SECONDS\n", stderr), 2;
  const std::string flow = argv[2];
  const auto clients = std::strtoull(argv[3], nullptr, 10);
  const std::chrono::seconds length(std::strtoll(argv[4], nullptr, 10));
  zmq::context_t context;
  zmq::socket_t socket(context, zmq::socket_type::dealer);
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::rcvtimeo, 60'000);
  socket.connect(argv[1]);

  std::vector<Clock::time_point> begun;
  std::vector<std::int64_t> took_us;
  std::uint64_t wrong = 0;
  const auto begin = Clock::now();
  const auto ask = [&] {
    const auto bytes = order(flow, begun.size());
    begun.push_back(Clock::now());
    socket.send(zmq::buffer(bytes.data(), bytes.size()), zmq::send_flags::none);
  };
  while (begun.size() < clients) ask();
  zmq::message_t message;
  while (took_us.size() + wrong < begun.size()) {
    if (!socket.recv(message)) return std::fputs("native_load: no answer within a minute\n", stderr), 1;
    const auto now = Clock::now();
    const Told answer = told(message);
    if (answer.completed && answer.number < begun.size()) {
      took_us.push_back(std::chrono::duration_cast<std::chrono::microseconds>(now - begun[answer.number]).count());
    } else {
      ++wrong;
    }
    if (now < begin + length) ask();
  }
  const auto whole_us = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count();
  std::sort(took_us.begin(), took_us.end());
  const auto percentile = [&](std::size_t of) { return took_us.empty() ? 0 : took_us[(took_us.size() - 1) * of / 100]; };
  std::printf("@%zu %lld %llu %lld %lld\n", took_us.size(), static_cast<long long>(whole_us),
              static_cast<unsigned long long>(wrong), static_cast<long long>(percentile(50)),
              static_cast<long long>(percentile(99)));
  return 0;
}
