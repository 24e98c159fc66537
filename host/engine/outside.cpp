#include "engine/outside.hpp"

#include "engine/body.hpp"
#include "engine/engine.hpp"
#include "engine/port.hpp"
#include "engine/writer.hpp"
#include "lane/glance.hpp"
#include "lane/switchboard.hpp"

#include <zmq.hpp>

namespace jackfield::engine {

namespace {

lane::Fittings fitted(lane::Fittings fittings, Metrics& metrics, const Clock& clock) {
  fittings.crashed = [&metrics](const std::string& plugin) { metrics.plugin_crashed(plugin); };
  fittings.now_ms = [&clock] { return clock.now().time_since_epoch().count(); };
  fittings.metric = [&metrics](const std::string& plugin, std::int32_t kind, std::string_view name,
                               std::string_view labels, double value) {
    metrics.plugin_metric(static_cast<MetricKind>(kind), plugin, name, read_labels(labels), value);
  };
  return fittings;
}

class SocketBell final : public Bell {
 public:
  SocketBell(zmq::socket_ref inbox, zmq::socket_ref scribe, lane::Switchboard& lanes)
      : lanes_(lanes),
        items_{{inbox.handle(), 0, ZMQ_POLLIN, 0},
               {scribe.handle(), 0, ZMQ_POLLIN, 0},
               {lanes.socket().handle(), 0, ZMQ_POLLIN, 0},
               {lanes.runners().handle(), 0, ZMQ_POLLIN, 0},
               {nullptr, -1, ZMQ_POLLIN, 0}} {}

  void wait(std::chrono::milliseconds most, bool soon) override {
    items_[4].fd = lanes_.watch();  // there from the first runner on
    const auto rings = [&](std::chrono::milliseconds within) {
      return zmq::poll(items_, items_[4].fd < 0 ? 3 : 5, within) > 0;
    };
    try {
      const bool heard = soon && most.count() > 0 && glance_([&] { return rings(std::chrono::milliseconds(0)); });
      if (!heard) rings(most);
    } catch (const zmq::error_t& error) {
      if (error.num() != EINTR) throw;
    }
  }

 private:
  lane::Switchboard& lanes_;
  lane::Glance glance_;
  zmq::pollitem_t items_[5];
};

}  // namespace

Outside connect(zmq::context_t& context, const EngineOptions& options, std::unique_ptr<store::Store> store,
                plugin::Registry& registry, Metrics& metrics, const Clock& clock) {
  auto port = std::make_unique<Port>(context, static_cast<int>(options.queue_limit));
  auto writer = std::make_unique<Writer>(context, std::move(store), options.keep);
  auto reader = store::open_reader(options.store);
  auto lanes = std::make_unique<lane::Switchboard>(context, registry, options.lane_queue,
                                                   fitted(options.lanes, metrics, clock));
  auto bell = std::make_unique<SocketBell>(port->socket(), writer->socket(), *lanes);
  return {std::move(port), std::move(writer), std::move(reader), std::move(lanes), std::move(bell), {}};
}

}  // namespace jackfield::engine
