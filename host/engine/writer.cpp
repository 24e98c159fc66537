#include "engine/writer.hpp"

#include "lane/handover.hpp"

#include <spdlog/spdlog.h>

#include <pthread.h>

#include <cstring>

namespace jackfield::engine {

namespace {

constexpr std::size_t prune_most = 500;  // a time: the next batch waits for it

template <class T>
void send(zmq::socket_t& socket, T* pointer) {
  lane::given(pointer);
  socket.send(zmq::buffer(&pointer, sizeof(void*)), zmq::send_flags::none);
}

template <class T>
T* receive(zmq::socket_t& socket, zmq::recv_flags flags = zmq::recv_flags::none) {
  zmq::message_t message;
  if (!socket.recv(message, flags) || message.size() != sizeof(void*)) return nullptr;
  T* pointer = nullptr;
  std::memcpy(&pointer, message.data(), sizeof(void*));
  lane::taken(pointer);
  return pointer;
}

}  // namespace

Writer::Writer(zmq::context_t& context, std::unique_ptr<store::Store> store, std::chrono::milliseconds keep)
    : store_(std::move(store)), keep_(keep), near_(context, zmq::socket_type::pair), far_(context, zmq::socket_type::pair) {
  const std::string address = "inproc://writer-" + std::to_string(reinterpret_cast<std::uintptr_t>(this));
  near_.set(zmq::sockopt::linger, 0);
  near_.bind(address);
  far_.set(zmq::sockopt::linger, 0);
  far_.connect(address);
  thread_ = std::thread([this] { run(); });
  ::pthread_setname_np(thread_.native_handle(), "store");
}

Writer::~Writer() {
  stopping_ = true;
  send<store::Batch>(near_, nullptr);
  thread_.join();
  (void)done();  // of a batch nobody asked about any more
}

void Writer::hand(std::unique_ptr<store::Batch> batch) { send(near_, batch.release()); }

std::optional<Scribe::Outcome> Writer::done() {
  const std::unique_ptr<Outcome> outcome(receive<Outcome>(near_, zmq::recv_flags::dontwait));
  if (!outcome) return std::nullopt;
  return std::move(*outcome);
}

void Writer::run() {
  while (true) {
    const std::unique_ptr<store::Batch> batch(receive<store::Batch>(far_));
    if (!batch) return;
    auto outcome = std::make_unique<Outcome>(commit(*batch));
    send(far_, outcome.release());
    prune();
  }
}

void Writer::prune() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_prune_) return;
  using namespace std::chrono;
  const auto before = duration_cast<milliseconds>(system_clock::now().time_since_epoch()) - keep_;
  try {
    const std::size_t gone = store_->prune(before.count(), prune_most);
    pruned_ += gone;
    next_prune_ = now + (gone == prune_most ? seconds(1) : seconds(60));
  } catch (const std::exception& error) {
    spdlog::warn("old instances could not be pruned: {}", error.what());
    next_prune_ = now + seconds(60);
  }
}

Scribe::Outcome Writer::commit(const store::Batch& batch) {
  using Kind = store::StoreError::Kind;
  const auto begin = std::chrono::steady_clock::now();
  for (int tries = 1;; ++tries) {
    try {
      store_->commit(batch);
      if (!healthy_.exchange(true)) spdlog::info("the store takes writes again");
      return {true, {}, std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin)};
    } catch (const store::StoreError& error) {
      const bool passing = error.kind == Kind::busy || error.kind == Kind::full || error.kind == Kind::io;
      if (!passing || stopping_) return {false, error.what(), {}};
      if (healthy_.exchange(false) || tries % 60 == 0) {
        spdlog::error("the store does not take writes, tried again until it does: {}", error.what());
      }
    } catch (const std::exception& error) {
      return {false, error.what(), {}};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(std::min(1000, 50 * tries)));
  }
}

}  // namespace jackfield::engine
