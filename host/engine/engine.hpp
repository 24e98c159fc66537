// The loop that joins gate, flow core, store and lanes.
//
// It drains what has arrived, lets decide() say what follows, hands the store one batch, and lets the effects out only
// after their commit; the next batch fills meanwhile. A pure step has no effect outside and is sent at once.
//
// Thread rule: run() is the engine's thread. gate() and the Viewer may be used from any.
#pragma once

#include "engine/catalog.hpp"
#include "engine/live.hpp"
#include "engine/metrics.hpp"
#include "engine/outside.hpp"
#include "engine/patient_reader.hpp"
#include "engine/view.hpp"
#include "flow/decide.hpp"
#include "lane/carrier.hpp"
#include "lane/fittings.hpp"
#include "plugin/registry.hpp"

#include <atomic>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

namespace jackfield::engine {

/// Another version of a plugin, tried and with its settings checked; or why it is refused.
struct Prepared {
  std::optional<plugin::Plugin> plugin;
  std::unique_ptr<lane::Carrier> carrier;  // its threads, where it runs in this process
  std::string refusal;
};

struct EngineOptions {
  store::Options store;
  std::size_t most_running = 20'000;   // instances at work; past that a start is answered 503
  std::size_t keep_idle = 1'000;       // instances kept in memory though nothing happens to them
  std::size_t keep_unwritten = 5'000;  // of those, ended ones of flows that are not journaled: they are nowhere else
  std::size_t queue_limit = 4096;      // requests that wait
  std::size_t lane_queue = 1024;       // tasks that wait for one plugin
  std::size_t recovered_a_turn = 500;  // instances that go on at once after a start
  flow::Millis events_keep{86'400'000};
  flow::Millis keep{std::chrono::hours(24 * 365)};  // ended instances, then pruned
  flow::Millis drain{10'000};          // at stop: how long tasks under way are waited for
  /// From the plugin folders, or from `file`. On a thread of its own; none: plugins are not reloaded.
  std::function<Prepared(const std::string& id, const std::string& file)> prepare;
  lane::Fittings lanes;                // clock and counters are put in by connect()
};

using Remains = std::shared_ptr<void>;

class Engine final : public Viewer {
 public:
  /// Opens nothing late: the store, the catalogue and the registry are whole. What is given by reference must outlive
  /// the engine.
  Engine(EngineOptions options, Outside outside, Catalog& catalog, plugin::Registry& registry, Metrics& metrics,
         const Clock& clock);
  ~Engine() override;

  [[nodiscard]] Gate& gate() { return inbox_; }
  /// Until stop() and the drain after it. Throws std::runtime_error where the store ends the host.
  void run();
  /// One round of run(): waits for news, takes it, decides, hands a batch over, lets out what is written. For those who
  /// drive the engine by themselves, with an outside of their own.
  void turn();
  /// Any thread, also a signal handler's helper.
  void stop() { stopping_ = true; }

  flow::Value instance(store::Reader& reader, const store::InstanceRow& row) override;
  std::shared_ptr<const flow::OrderSchema> schema(const std::string& flow) override;
  std::optional<std::string> graph_svg(const std::string& flow) override;

 private:
  using AwaitKey = std::pair<std::string, std::string>;  // name, correlation
  struct Awaiter {
    AwaitKey key;
    std::string instance;
    std::uint32_t token = 0;
    auto operator<=>(const Awaiter&) const = default;
  };
  struct Flight {
    Live* live = nullptr;  // stays in memory for as long as it flies
    std::string step;
    std::uint32_t token = 0, attempt = 0;
  };
  using Flights = std::unordered_map<std::uint64_t, Flight>;

  // engine.cpp: the loop
  void drain();
  void poll();
  void recover();
  void hand_over();
  void written(const Scribe::Outcome& outcome);
  void sweep();
  void evict();
  [[nodiscard]] bool quiet() const;
  [[nodiscard]] bool without_store();

  // progress.cpp: an instance goes on
  Live* load(const std::string& id);
  /// As the store has it; none where it does not. Changes nothing. Throws store::StoreError.
  std::unique_ptr<Live> read(const std::string& id);
  Live& take_in(std::unique_ptr<Live> read);
  bool fold(Live& live, flow::Event event);
  void carry_out(Live& live, std::vector<flow::Effect> effects);
  void carry(Live& live, flow::Dispatch& task);
  void send(lane::Task task);
  Flight landed(Flights::iterator at);
  /// The plugin this flow needs that has more to do than its lane takes twice over, or nothing.
  [[nodiscard]] std::string overloaded(const flow::Graph& graph) const;
  void collect_answers();
  void send_unsent();
  void unpark();
  void count(Live& live);
  void notify(Live& live, const Remains& remains);
  [[nodiscard]] Remains lay_to_rest(Live& live);
  void later(std::function<void()> what) { after_.push_back(std::move(what)); }
  [[nodiscard]] bool owes() const { return !after_.empty() || !tasks_.empty(); }  // something waits for a commit

  // timers.cpp: an instance is looked at again
  void schedule(Live& live);
  void unschedule(Live& live);
  void leave_to_store(Live& live);
  void fire_timers();
  void fire(Live& live);
  [[nodiscard]] bool takes_overdue() const;
  void wake_overdue();
  void look_ahead(std::int64_t now_ms);

  // requests.cpp: what ingresses ask
  void handle(Asked& asked);
  /// None where there is no such instance (`known`: there must be), or the store is damaged where it lies: answered.
  Live* wanted(const std::string& id, const Asked& asked, bool known = false);
  void start(Asked& asked);
  void get(Asked& asked);
  void cancel(Asked& asked);
  void retry(Asked& asked);
  void list_flows(Asked& asked);
  void list_plugins(Asked& asked);
  void release_plugin(Asked& asked);
  [[nodiscard]] flow::Value shown_plugin(const std::string& id) const;

  // reload.cpp: another version of a plugin
  void reload_plugin(Asked& asked);
  void go_on_reloading();
  void put_in_place();
  void reloaded(const std::string& refusal);
  void answer_or_wait(Live& live, Asked& asked, int status_at_once);
  void tell(Live& live, int status, Form form, std::function<void(Reply)> answer, const Remains& remains = nullptr);
  Reply shown(const Live& live, int status, Form form) const;

  // arrivals.cpp: events from outside
  void event(Asked& asked);
  void event_for(Live& live, Asked& asked);
  void event_by_correlation(Asked& asked);
  void answer_met(const std::string& id, Asked& asked);
  [[nodiscard]] std::optional<Awaiter> who_awaits(const AwaitKey& key);  // and is in memory
  bool meet(const Awaiter& awaiter, const store::EventRow& row);
  [[nodiscard]] bool claimed(const store::EventRow& row) const;
  void meet_early();
  void awaited(Live& live, const flow::Await& await);
  void unawaited(Live& live, const flow::Unawait& await);
  void bury_event(const store::EventRow& row, const std::string& code, const std::string& text);
  void bury(Live& live, const flow::Bury& bury);
  void replay(Asked& asked);
  [[nodiscard]] std::optional<Reply> seen_before(const store::EventRow& row);
  void drop_expired();

  struct Reloading {
    std::string id;
    std::future<Prepared> prepared;
    std::optional<plugin::Plugin> next;
    std::function<void(Reply)> answer;
    std::chrono::steady_clock::time_point until;
    bool handed = false;           // to the lanes
  };

  EngineOptions options_;
  Catalog& catalog_;
  plugin::Registry& registry_;
  Metrics& metrics_;
  const Clock& clock_;
  Outside outside_;
  Inbox& inbox_;
  Scribe& scribe_;
  PatientReader patience_;
  store::Reader* const reader_;
  lane::Lanes& lanes_;

  std::unordered_map<std::string, std::unique_ptr<Live>> lives_;
  Flights flights_;
  std::map<std::string, std::size_t, std::less<>> load_;  // by plugin: how many of them
  std::uint64_t last_flight_ = 0;
  std::uint64_t sent_at_once_ = 0;                        // tasks that waited for no commit
  // By plugin: found its lane full; bounded by most_running.
  std::map<std::string, std::deque<lane::Task>, std::less<>> unsent_;
  std::vector<lane::Answer> answers_;                     // of one turn: kept for its room
  std::map<std::string, std::set<std::string>> parked_;   // by plugin: instances with a parked task, since the start
  std::set<Awaiter> awaits_;                 // of the instances in memory
  std::set<store::Due> timers_;              // an ended instance leaves none: it would be read again to be looked at
  std::deque<std::string> overdue_;          // ids: their time is over, and they are not in memory
  store::Due horizon_ = store::before_all;   // times in the store were read up to here
  std::int64_t next_sweep_ms_ = 0;

  store::Batch batch_;                       // being filled
  std::vector<std::function<void()>> after_; // to be done once it is written
  std::vector<lane::Task> tasks_;            // to be sent then
  std::vector<Live*> touched_;               // instances with news in it: they stay in memory until it is written
  std::map<Awaiter, bool> await_ops_;        // added, or removed
  std::map<std::pair<std::string, std::string>, std::string> young_keys_;   // idempotency keys not yet readable
  std::map<std::pair<std::string, std::string>, std::string> memory_keys_;  // of flows that are not journaled
  std::map<std::pair<std::string, std::string>, store::EventRow> young_events_;
  std::deque<store::EventRow> early_;        // found by instances that have just begun to wait
  std::set<std::string> replaying_;
  std::chrono::steady_clock::time_point batch_since_;

  bool writing_ = false;
  std::vector<std::function<void()>> writing_after_;
  std::vector<lane::Task> writing_tasks_;
  std::vector<Live*> writing_touched_;
  decltype(young_keys_) writing_keys_;
  decltype(young_events_) writing_events_;

  std::unique_ptr<Reloading> reloading_;
  std::map<std::string, std::string> previous_;  // by plugin: the library that ran before the present one

  std::string recovered_up_to_;
  bool recovering_ = true;
  std::int64_t dead_letters_ = 0;
  std::size_t running_ = 0;
  std::size_t pruned_ = 0;
  std::atomic<bool> stopping_{false};
};

[[nodiscard]] std::string digest(const flow::Value& value);

}  // namespace jackfield::engine
