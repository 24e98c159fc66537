#include "engine/port.hpp"

#include "lane/handover.hpp"

#include <cstring>

namespace jackfield::engine {

class Port::PortClient final : public Client {
 public:
  PortClient(zmq::context_t& context, const std::string& address, int queue_limit, const std::atomic<bool>& closed)
      : push_(context, zmq::socket_type::push), closed_(&closed) {
    push_.set(zmq::sockopt::linger, 0);
    push_.set(zmq::sockopt::sndhwm, queue_limit);
    push_.connect(address);
  }

  bool ask(Request request, std::function<void(Reply)> answer) override {
    if (*closed_) return false;
    auto asked = std::make_unique<Asked>(Asked{std::move(request), std::move(answer)});
    Asked* pointer = asked.get();
    lane::given(pointer);
    try {
      if (!push_.send(zmq::buffer(&pointer, sizeof pointer), zmq::send_flags::dontwait)) return false;
    } catch (const zmq::error_t&) {
      return false;
    }
    (void)asked.release();
    return true;
  }

 private:
  zmq::socket_t push_;
  const std::atomic<bool>* closed_;
};

Port::Port(zmq::context_t& context, int queue_limit)
    : context_(&context),
      queue_limit_(queue_limit),
      address_("inproc://gate-" + std::to_string(reinterpret_cast<std::uintptr_t>(this))),
      pull_(context, zmq::socket_type::pull) {
  pull_.set(zmq::sockopt::linger, 0);
  pull_.set(zmq::sockopt::rcvhwm, queue_limit);
  pull_.bind(address_);
}

Port::~Port() {
  closed_ = true;
  while (const auto asked = take()) asked->answer(problem(503, "STOPPING", "the host is stopping; ask again later"));
}

std::unique_ptr<Client> Port::client() {
  return std::make_unique<PortClient>(*context_, address_, queue_limit_, closed_);
}

std::unique_ptr<Asked> Port::take() {
  zmq::message_t message;
  if (!pull_.recv(message, zmq::recv_flags::dontwait) || message.size() != sizeof(Asked*)) return nullptr;
  Asked* pointer = nullptr;
  std::memcpy(&pointer, message.data(), sizeof pointer);
  lane::taken(pointer);
  return std::unique_ptr<Asked>(pointer);
}

}  // namespace jackfield::engine
