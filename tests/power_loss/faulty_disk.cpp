#include "faulty_disk.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <vector>

namespace jackfield::power_loss {
namespace {

using Bytes = std::vector<unsigned char>;

struct Write {
  std::uint64_t offset = 0;
  Bytes bytes;
  bool truncate = false;     // to `offset`
};

struct File {
  Bytes synced, now;
  std::vector<Write> unsynced;
  std::map<int, std::unique_ptr<Bytes>> shared;   // memory of a WAL's index, by region
  int shared_locks[SQLITE_SHM_NLOCK] = {};        // -1: exclusive, else how many share it
  int readers = 0, writer = 0;                    // of the file's own lock: who holds SHARED, who more
};

struct Disk {
  std::map<std::string, std::shared_ptr<File>> files;
  std::uint64_t epoch = 0, operations = 0, at = 0;
  Fault fault = Fault::none;
  simulation::Random random{0};
  int failing = 0;
  bool happened = false, dead = false;
};

Disk disk;

constexpr int fails_a_few = 3;

struct Handle {
  sqlite3_file base;
  std::shared_ptr<File>* file;
  std::string* name;
  std::uint64_t epoch;
  int lock;
  unsigned shared_mask, exclusive_mask;
  bool gone_on_close;
};

Handle& of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }
bool stale(const Handle& handle) { return disk.dead || handle.epoch != disk.epoch; }

void put_into(Bytes& to, const Write& write) {
  if (write.truncate) return to.resize(std::min<std::size_t>(to.size(), write.offset));
  if (to.size() < write.offset + write.bytes.size()) to.resize(write.offset + write.bytes.size());
  std::copy(write.bytes.begin(), write.bytes.end(), to.begin() + static_cast<std::ptrdiff_t>(write.offset));
}

void lose_file(File& file, Fault fault) {
  std::vector<Write> left;
  for (auto& write : file.unsynced) {
    const bool stays = fault == Fault::lost_kept || (fault != Fault::lost_dropped && disk.random.chance(50));
    if (!stays) continue;
    if (fault == Fault::lost_torn && !write.bytes.empty() && disk.random.chance(50)) {
      write.bytes.resize(disk.random.below(write.bytes.size()));
    }
    left.push_back(std::move(write));
  }
  if (fault == Fault::lost_reordered) {
    for (std::size_t i = left.size(); i > 1; --i) std::swap(left[i - 1], left[disk.random.below(i)]);
  }
  for (const auto& write : left) put_into(file.synced, write);
  file.now = file.synced;
  file.unsynced.clear();
}

void lose_power(Fault fault) {
  disk.dead = true;
  for (auto& [name, file] : disk.files) lose_file(*file, fault);
}

/// Counts one operation; what it is to answer, SQLITE_OK where nothing is wrong.
int operation(int io_error) {
  ++disk.operations;
  if (disk.fault != Fault::none && disk.operations == disk.at) {
    disk.happened = true;
    if (loses_power(disk.fault)) {
      lose_power(disk.fault);
      return io_error;
    }
    disk.failing = fails_a_few;
  }
  if (disk.failing == 0) return SQLITE_OK;
  --disk.failing;
  return disk.fault == Fault::full && io_error != SQLITE_IOERR_FSYNC ? SQLITE_FULL : io_error;
}

int close_file(sqlite3_file* base) {
  Handle& handle = of(base);
  if (!stale(handle)) {
    File& file = **handle.file;
    if (handle.lock >= SQLITE_LOCK_SHARED) --file.readers;
    if (handle.lock > SQLITE_LOCK_SHARED) file.writer = 0;
    if (handle.gone_on_close) disk.files.erase(*handle.name);
  }
  delete handle.file;
  delete handle.name;
  return SQLITE_OK;
}

int read_file(sqlite3_file* base, void* to, int amount, sqlite3_int64 offset) {
  Handle& handle = of(base);
  if (stale(handle)) return SQLITE_IOERR_READ;
  const Bytes& now = (*handle.file)->now;
  const auto from = static_cast<std::size_t>(offset), wanted = static_cast<std::size_t>(amount);
  const std::size_t there = from >= now.size() ? 0 : std::min(wanted, now.size() - from);
  if (there > 0) std::memcpy(to, now.data() + from, there);
  if (there == wanted) return SQLITE_OK;
  std::memset(static_cast<char*>(to) + there, 0, wanted - there);
  return SQLITE_IOERR_SHORT_READ;
}

int change(Handle& handle, Write write, int io_error) {
  if (stale(handle)) return io_error;
  File& file = **handle.file;
  // What a disk does at the moment of the loss is one more unsynced write.
  const bool last = disk.fault != Fault::none && loses_power(disk.fault) && disk.operations + 1 == disk.at;
  if (last) file.unsynced.push_back(write);
  if (const int code = operation(io_error); code != SQLITE_OK) return code;
  put_into(file.now, write);
  file.unsynced.push_back(std::move(write));
  return SQLITE_OK;
}

int write_file(sqlite3_file* base, const void* from, int amount, sqlite3_int64 offset) {
  const auto* bytes = static_cast<const unsigned char*>(from);
  return change(of(base), {static_cast<std::uint64_t>(offset), Bytes(bytes, bytes + amount), false},
                SQLITE_IOERR_WRITE);
}

int truncate_file(sqlite3_file* base, sqlite3_int64 size) {
  return change(of(base), {static_cast<std::uint64_t>(size), {}, true}, SQLITE_IOERR_TRUNCATE);
}

int sync_file(sqlite3_file* base, int) {
  Handle& handle = of(base);
  if (stale(handle)) return SQLITE_IOERR_FSYNC;
  if (const int code = operation(SQLITE_IOERR_FSYNC); code != SQLITE_OK) return code;
  File& file = **handle.file;
  file.synced = file.now;
  file.unsynced.clear();
  return SQLITE_OK;
}

int size_of_file(sqlite3_file* base, sqlite3_int64* size) {
  if (stale(of(base))) return SQLITE_IOERR_FSTAT;
  *size = static_cast<sqlite3_int64>((*of(base).file)->now.size());
  return SQLITE_OK;
}

int lock_file(sqlite3_file* base, int wanted) {
  Handle& handle = of(base);
  if (stale(handle)) return SQLITE_IOERR_LOCK;
  File& file = **handle.file;
  if (wanted <= handle.lock) return SQLITE_OK;
  const bool mine = handle.lock > SQLITE_LOCK_SHARED;
  if (wanted == SQLITE_LOCK_SHARED && file.writer >= SQLITE_LOCK_PENDING) return SQLITE_BUSY;
  if (wanted > SQLITE_LOCK_SHARED && file.writer != 0 && !mine) return SQLITE_BUSY;
  if (wanted == SQLITE_LOCK_EXCLUSIVE && file.readers > 1) return SQLITE_BUSY;
  if (handle.lock < SQLITE_LOCK_SHARED) ++file.readers;
  if (wanted > SQLITE_LOCK_SHARED) file.writer = wanted;
  handle.lock = wanted;
  return SQLITE_OK;
}

int unlock_file(sqlite3_file* base, int wanted) {
  Handle& handle = of(base);
  if (stale(handle)) return SQLITE_OK;
  File& file = **handle.file;
  if (handle.lock > SQLITE_LOCK_SHARED) file.writer = 0;
  if (handle.lock >= SQLITE_LOCK_SHARED && wanted < SQLITE_LOCK_SHARED) --file.readers;
  handle.lock = wanted;
  return SQLITE_OK;
}

int reserved(sqlite3_file* base, int* held) {
  *held = !stale(of(base)) && (*of(base).file)->writer != 0;
  return SQLITE_OK;
}

int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_bytes(sqlite3_file*) { return 512; }
int characteristics(sqlite3_file*) { return 0; }   // a disk that promises nothing

int map_shared(sqlite3_file* base, int region, int size, int extend, void volatile** memory) {
  Handle& handle = of(base);
  *memory = nullptr;
  if (stale(handle)) return SQLITE_IOERR_SHMMAP;
  auto& shared = (*handle.file)->shared[region];
  if (!shared && extend == 0) return SQLITE_OK;
  if (!shared) shared = std::make_unique<Bytes>(static_cast<std::size_t>(size), static_cast<unsigned char>(0));
  *memory = shared->data();
  return SQLITE_OK;
}

int lock_shared(sqlite3_file* base, int first, int count, int flags) {
  Handle& handle = of(base);
  if (stale(handle)) return SQLITE_IOERR_SHMLOCK;
  File& file = **handle.file;
  const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    for (int i = first; i < first + count; ++i) {
      unsigned& mask = exclusive ? handle.exclusive_mask : handle.shared_mask;
      if ((mask & (1u << i)) == 0) continue;
      mask &= ~(1u << i);
      file.shared_locks[i] = exclusive ? 0 : file.shared_locks[i] - 1;
    }
    return SQLITE_OK;
  }
  for (int i = first; i < first + count; ++i) {
    const bool mine = (handle.shared_mask & (1u << i)) != 0;
    const int others = file.shared_locks[i] - (mine && file.shared_locks[i] > 0 ? 1 : 0);
    if (file.shared_locks[i] < 0 || (exclusive && others > 0)) return SQLITE_BUSY;
  }
  for (int i = first; i < first + count; ++i) {
    if (exclusive) {
      file.shared_locks[i] = -1;
      handle.exclusive_mask |= 1u << i;
    } else if ((handle.shared_mask & (1u << i)) == 0) {
      ++file.shared_locks[i];
      handle.shared_mask |= 1u << i;
    }
  }
  return SQLITE_OK;
}

void barrier(sqlite3_file*) {}

int unmap_shared(sqlite3_file* base, int remove) {
  Handle& handle = of(base);
  if (!stale(handle) && remove != 0) (*handle.file)->shared.clear();
  return SQLITE_OK;
}

const sqlite3_io_methods methods = {
    2, close_file, read_file, write_file, truncate_file, sync_file, size_of_file, lock_file, unlock_file, reserved,
    control, sector_bytes, characteristics, map_shared, lock_shared, barrier, unmap_shared, nullptr, nullptr};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* base, int flags, int* out) {
  base->pMethods = nullptr;
  if (disk.dead) return SQLITE_CANTOPEN;
  static std::uint64_t unnamed = 0;
  const std::string path = name != nullptr ? name : "temporary-" + std::to_string(++unnamed);
  auto found = disk.files.find(path);
  if (found == disk.files.end()) {
    if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
    found = disk.files.emplace(path, std::make_shared<File>()).first;
  }
  Handle& handle = of(base);
  handle.file = new std::shared_ptr<File>(found->second);
  handle.name = new std::string(path);
  handle.epoch = disk.epoch;
  handle.lock = SQLITE_LOCK_NONE;
  handle.shared_mask = handle.exclusive_mask = 0;
  handle.gone_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
  base->pMethods = &methods;
  if (out != nullptr) *out = flags;
  return SQLITE_OK;
}

int remove_file(sqlite3_vfs*, const char* name, int) {
  if (disk.dead) return SQLITE_IOERR_DELETE;
  return disk.files.erase(name) > 0 ? SQLITE_OK : SQLITE_IOERR_DELETE_NOENT;
}

int is_there(sqlite3_vfs*, const char* name, int, int* there) {
  *there = !disk.dead && disk.files.contains(name);
  return SQLITE_OK;
}

int full_name(sqlite3_vfs*, const char* name, int size, char* full) {
  sqlite3_snprintf(size, full, "%s", name);
  return SQLITE_OK;
}

int chance_bytes(sqlite3_vfs*, int size, char* bytes) {   // the same ones every time
  std::memset(bytes, 7, static_cast<std::size_t>(size));
  return size;
}

int sleep_not(sqlite3_vfs*, int us) { return us; }

int now_is(sqlite3_vfs*, double* days) {
  *days = 2461366.5;
  return SQLITE_OK;
}

int last_error(sqlite3_vfs*, int, char*) { return 0; }

sqlite3_vfs vfs = {1,       sizeof(Handle), 512,     nullptr, "faulty",     nullptr,   open_file, remove_file, is_there,
                   full_name, nullptr,      nullptr, nullptr, nullptr, chance_bytes, sleep_not, now_is,    last_error};

}  // namespace

const char* to_string(Fault fault) {
  static constexpr const char* words[] = {"none",      "power lost, unsynced dropped", "power lost, unsynced kept",
                                          "power lost, unsynced partly there", "power lost, unsynced reordered",
                                          "power lost, unsynced torn", "I/O error", "disk full"};
  return words[static_cast<int>(fault)];
}

bool loses_power(Fault fault) { return fault >= Fault::lost_dropped && fault <= Fault::lost_torn; }

FaultyDisk::FaultyDisk() { sqlite3_vfs_register(&vfs, 1); }

FaultyDisk& FaultyDisk::the() {
  static FaultyDisk one;
  return one;
}

void FaultyDisk::clear() {
  const std::uint64_t epoch = disk.epoch + 1;
  disk = Disk{};
  disk.epoch = epoch;
}

void FaultyDisk::plan(Fault fault, std::uint64_t at, std::uint64_t seed) {
  disk.fault = fault;
  disk.at = disk.operations + at;
  disk.random = simulation::Random(seed);
}

std::uint64_t FaultyDisk::operations() const { return disk.operations; }
bool FaultyDisk::happened() const { return disk.happened; }
bool FaultyDisk::dead() const { return disk.dead; }

void FaultyDisk::lose(Fault fault, std::uint64_t seed) {
  disk.random = simulation::Random(seed);
  lose_power(fault);
}

void FaultyDisk::power_on() {
  disk.dead = false;
  ++disk.epoch;
  for (auto& [name, file] : disk.files) {
    file->shared.clear();
    std::fill(std::begin(file->shared_locks), std::end(file->shared_locks), 0);
    file->readers = file->writer = 0;
  }
}

}  // namespace jackfield::power_loss
