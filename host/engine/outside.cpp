#include "engine/outside.hpp"

#include "engine/engine.hpp"
#include "engine/port.hpp"
#include "engine/writer.hpp"
#include "lane/switchboard.hpp"

#include <zmq.hpp>

namespace jackfield::engine {

namespace {

lane::Fittings fittings(Metrics& metrics, const Clock& clock) {
  lane::Fittings fittings;
  fittings.now_ms = [&clock] { return clock.now().time_since_epoch().count(); };
  fittings.metric = [&metrics](const std::string& plugin, std::int32_t kind, std::string_view name,
                               std::string_view labels, double value) {
    std::map<std::string, std::string> words;
    if (!labels.empty()) {
      const auto map = flow::Value::from_msgpack(labels, true, false);
      if (map.is_object()) {
        for (const auto& [label, word] : map.items()) words[label] = word.is_string() ? word.get<std::string>() : word.dump();
      }
    }
    metrics.plugin_metric(static_cast<MetricKind>(kind), plugin, name, words, value);
  };
  return fittings;
}

class SocketBell final : public Bell {
 public:
  SocketBell(zmq::socket_ref inbox, zmq::socket_ref scribe, zmq::socket_ref lanes)
      : items_{{inbox.handle(), 0, ZMQ_POLLIN, 0}, {scribe.handle(), 0, ZMQ_POLLIN, 0},
               {lanes.handle(), 0, ZMQ_POLLIN, 0}} {}

  void wait(std::chrono::milliseconds most) override {
    try {
      zmq::poll(items_, 3, most);
    } catch (const zmq::error_t& error) {
      if (error.num() != EINTR) throw;
    }
  }

 private:
  zmq::pollitem_t items_[3];
};

}  // namespace

Outside connect(zmq::context_t& context, const EngineOptions& options, std::unique_ptr<store::Store> store,
                plugin::Registry& registry, Metrics& metrics, const Clock& clock) {
  auto port = std::make_unique<Port>(context, static_cast<int>(options.queue_limit));
  auto writer = std::make_unique<Writer>(context, std::move(store), options.keep);
  auto reader = store::open_reader(options.store);
  auto lanes = std::make_unique<lane::Switchboard>(context, registry, options.lane_queue, fittings(metrics, clock));
  auto bell = std::make_unique<SocketBell>(port->socket(), writer->socket(), lanes->socket());
  return {std::move(port), std::move(writer), std::move(reader), std::move(lanes), std::move(bell), {}};
}

}  // namespace jackfield::engine
