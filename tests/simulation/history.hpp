// One history: a random flow, a few orders, and everything that can happen to them, all out of one seed.
//
// A history is a row of small acts: a client asks, a plugin does a task, an answer comes, a batch is written, the clock
// moves, the engine turns once, the host dies and is started again (perhaps on another version of the flow). After each
// the oracle has looked. At the end nothing goes wrong any more, people resume what is held, what is awaited comes, and
// everything must come to an end.
#pragma once

#include "engine/engine.hpp"
#include "outside.hpp"

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace jackfield::simulation {

/// Where batches go beside the model, and what the engine reads. None: the model itself.
class Disk {
 public:
  virtual ~Disk() = default;
  /// A new life of the host begins: opens the store, and gives what reads it.
  virtual std::unique_ptr<store::Reader> open() = 0;
  /// The host stops by itself, and closes what it has open.
  virtual void stop() = 0;
  /// The process ends, with all it has open. Called before open(), and at the end.
  virtual void close() = 0;
  /// Throws StoreError as a store does.
  virtual void commit(const store::Batch& batch) = 0;
  /// Its power is gone: whatever is asked of it fails until the next open().
  [[nodiscard]] virtual bool dead() const = 0;
  /// All its rows, in the form of text_of(). Throws Broken where they cannot be read or the store is not whole.
  [[nodiscard]] virtual std::string contents() = 0;
};

struct Settings {
  bool loud = false;
  Disk* disk = nullptr;   // not owned
  int acts = 130;         // 0: one order, and no trouble but the disk's
  int stop_after_writes = 0;   // on a disk: the host is stopped and started again after so many batches; 0: never
  std::string shipped, config;   // a flow of that configuration, instead of a made one
};

struct Result {
  bool good = true;
  std::string promise, text;
  std::uint64_t hash = 0, events = 0;
  int crashes = 0, orders = 0, ended = 0;
  std::vector<std::string> last;   // lines of the trace
};

class History {
 public:
  History(std::uint64_t seed, const Settings& settings);
  ~History();
  [[nodiscard]] Result run();

 private:
  struct Life;
  struct Order {
    std::string id, key;
    flow::Value body;
  };

  void act();
  void ask();
  void start_order();
  void send_event();
  void touch(engine::Op op);
  void ask(engine::Request request, const std::string& mark);
  void perform(std::size_t index);
  void say(std::size_t index);
  void kill_plugin();
  void leave_or_come_back();
  void write();
  void tell_rows(const store::Batch& batch);
  void move_clock();
  void turn();
  void boot();
  void crash(const std::string& where, bool in_order = false);
  void zombie();
  void settle();
  void drain();
  bool help();
  [[nodiscard]] std::string random_instance();
  [[nodiscard]] const Ready& ready(int version) const;
  [[nodiscard]] std::map<std::string, flow::Graph> graphs() const;
  [[nodiscard]] flow::Value order_body();
  void open_store();
  void store_batch(const store::Batch& batch);
  void refused(const store::StoreError& error);
  void check_power();

  std::uint64_t seed_;
  Settings settings_;
  Random random_;
  Trace trace_;
  Clock clock_;
  Tables tables_;
  std::string flow_ = "f";
  std::unique_ptr<store::Reader> opened_;
  std::unique_ptr<store::Batch> in_doubt_;   // the store was asked to write it, and its answer was lost
  std::unique_ptr<Business> business_;
  std::unique_ptr<World> world_;
  std::unique_ptr<Oracle> oracle_;
  Fate fate_;
  engine::EngineOptions options_;
  int version_ = 1;
  std::unique_ptr<Life> life_;
  std::vector<Order> orders_;
  std::vector<engine::Request> sent_events_;
  std::vector<std::string> sent_marks_;
  std::vector<lane::Task> zombies_;
  unsigned crash_percent_ = 0;
  int crashes_ = 0, writes_ = 0;
};

}  // namespace jackfield::simulation
