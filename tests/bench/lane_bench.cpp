// Tasks a second through a lane, beside the bare ZeroMQ hop it is built on. Not a test: run it by hand.
#include "../lane/fake_plugin.hpp"

#include "lane/switchboard.hpp"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

namespace jackfield::lane {
namespace {

std::int32_t answer_all(Made& made, TaskSpan tasks) {
  for (const auto* task : tasks) made.complete(task->token);
  return JF_OK;
}

// `window` tasks are always under way: 1 shows the time of a round trip, more show what batches make of it.
void pool(benchmark::State& state, bool reentrant) {
  FakePlugin fast("fast", answer_all);
  fast.plugin.descriptor.reentrant = reentrant;
  fast.plugin.threads = reentrant ? 2 : 1;
  zmq::context_t context;
  FakeRegistry registry{&fast};
  Switchboard board(context, registry, 100'000);
  Task task;
  task.step = "fast.go";
  task.instance = "01JC0000000000000000000000";
  task.flow = "open-account";
  task.key = "01JC0000000000000000000000/fast";
  task.input.assign(300, 0x80);
  std::uint64_t token = 0;
  std::vector<Answer> answers;
  const auto window = static_cast<std::uint64_t>(state.range(0));
  std::uint64_t done = 0;
  for (auto _ : state) {
    while (token < done + window) {
      task.token = ++token;
      Task one = task;
      if (!board.give(one)) state.SkipWithError("the queue is full");
    }
    board.flush();
    zmq::pollitem_t item{board.socket().handle(), 0, ZMQ_POLLIN, 0};
    zmq::poll(&item, 1, std::chrono::milliseconds(1000));
    answers.clear();
    done += board.collect(answers);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(done));
}
BENCHMARK_CAPTURE(pool, one_thread, false)->Arg(1)->Arg(16)->Arg(64)->Arg(256)->Arg(1024)->UseRealTime();
BENCHMARK_CAPTURE(pool, two_threads, true)->Arg(64)->Arg(1024)->UseRealTime();

// One message of the same size there and back between a ROUTER and a DEALER, `window` of them under way: within the
// process, and by way of a socket file as to a runner process.
void bare_hop(benchmark::State& state, bool by_file) {
  char folder[] = "/tmp/lane_bench_XXXXXX";
  if (by_file && ::mkdtemp(folder) == nullptr) return state.SkipWithError("no folder for the socket");
  const std::string place = by_file ? "ipc://" + std::string(folder) + "/socket" : "inproc://bench";
  zmq::context_t context;
  zmq::socket_t router(context, zmq::socket_type::router);
  router.set(zmq::sockopt::sndhwm, 0);
  router.bind(place);
  std::thread echo([&context, &place] {
    zmq::socket_t dealer(context, zmq::socket_type::dealer);
    dealer.set(zmq::sockopt::sndhwm, 0);
    dealer.connect(place);
    dealer.send(zmq::message_t(), zmq::send_flags::none);
    zmq::message_t message;
    while (dealer.recv(message) && message.size() > 0) dealer.send(message, zmq::send_flags::none);
  });
  zmq::message_t peer, message;
  (void)router.recv(peer);
  (void)router.recv(message);
  const std::string address = peer.to_string();
  std::int64_t sent = 0, done = 0;
  for (auto _ : state) {
    for (; sent < done + state.range(0); ++sent) {
      router.send(zmq::buffer(address), zmq::send_flags::sndmore);
      router.send(zmq::message_t(400), zmq::send_flags::none);
    }
    (void)router.recv(peer);
    (void)router.recv(message);
    ++done;
  }
  for (; done < sent; ++done) {
    (void)router.recv(peer);
    (void)router.recv(message);
  }
  router.send(zmq::buffer(address), zmq::send_flags::sndmore);
  router.send(zmq::message_t(), zmq::send_flags::none);
  echo.join();
  state.SetItemsProcessed(done);
  router.close();
  if (by_file) std::filesystem::remove_all(folder);
}
BENCHMARK_CAPTURE(bare_hop, inproc, false)->Arg(1)->Arg(64)->Arg(1024)->UseRealTime();
BENCHMARK_CAPTURE(bare_hop, ipc, true)->Arg(1)->Arg(64)->Arg(1024)->UseRealTime();

}  // namespace
}  // namespace jackfield::lane

BENCHMARK_MAIN();
