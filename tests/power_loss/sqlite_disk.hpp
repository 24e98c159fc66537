// The real store (SOCI, SQLite) on a faulty disk, as a history's disk.
#pragma once

#include "faulty_disk.hpp"
#include "history.hpp"

#include <memory>
#include <string>

namespace jackfield::power_loss {

class SqliteDisk final : public simulation::Disk {
 public:
  /// The store's file has a name in `folder`, where only its lock really is.
  explicit SqliteDisk(std::string folder);

  std::unique_ptr<store::Reader> open() override;
  void stop() override;
  void close() override;
  void commit(const store::Batch& batch) override;
  [[nodiscard]] bool dead() const override;
  [[nodiscard]] std::string contents() override;

 private:
  void look_at(const store::StoreError& error) const;

  std::string path_;
  std::unique_ptr<store::Store> store_;
};

}  // namespace jackfield::power_loss
