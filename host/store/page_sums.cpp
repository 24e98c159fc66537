#include "store/page_sums.hpp"

#include <sqlite3.h>
#include <xxhash.h>

#include <bit>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace jackfield::store {
namespace {

// A file of SQLite's, and the system's file under it.
struct File {
  sqlite3_file base;  // SQLite's view: first
  sqlite3_file* real;
  bool summed;  // the database itself, not its log or a temporary file
};

sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real; }
const sqlite3_io_methods& methods(sqlite3_file* file) { return *real(file)->pMethods; }

bool is_page(int amount, std::int64_t offset) { return amount == page_bytes && offset % page_bytes == 0; }
// SQLite looks at the header before it knows the page's size, and at the change counter in it: of page 1, which it
// reads as a whole, with its sum, before it believes anything else.
bool is_glance(int amount, std::int64_t offset) { return offset + amount <= 100; }

thread_local std::string damage;

int refuse_page(std::int64_t offset, const char* what) {
  damage = "page " + std::to_string(offset / page_bytes + 1) + " (4096 bytes from byte " +
           std::to_string(offset - offset % page_bytes) + ") " + what;
  return SQLITE_CORRUPT;
}

bool is_blank(const unsigned char* page) { return page[0] == 0 && std::memcmp(page, page + 1, page_bytes - 1) == 0; }

/// A page as SQLite is to see it: with 0 in place of a sum that fits.
int check_page(unsigned char* page, std::int64_t offset) {
  const std::uint64_t kept = kept_sum(page);
  if (kept == 0 && is_blank(page)) return refuse_page(offset, "holds nothing but zeros");
  if (kept != 0 && kept != page_sum(page, offset)) return refuse_page(offset, "does not fit its sum");
  keep_sum(page, 0);
  return SQLITE_OK;
}

int close_file(sqlite3_file* file) {
  const int code = methods(file).xClose(real(file));
  std::free(real(file));
  return code;
}

int read_page(sqlite3_file* file, unsigned char* page, std::int64_t offset) {
  const int code = methods(file).xRead(real(file), page, page_bytes, offset);
  if (code == SQLITE_IOERR_SHORT_READ) return refuse_page(offset, "is not there: the file is cut off");
  return code == SQLITE_OK ? check_page(page, offset) : code;
}

int read_file(sqlite3_file* file, void* data, int amount, sqlite3_int64 offset) {
  if (!reinterpret_cast<File*>(file)->summed || is_glance(amount, offset))
    return methods(file).xRead(real(file), data, amount, offset);
  if (is_page(amount, offset)) return read_page(file, static_cast<unsigned char*>(data), offset);
  const std::int64_t within = offset % page_bytes;
  if (within + amount > page_bytes) return refuse_page(offset, "is of another size: the header is damaged");
  unsigned char page[page_bytes];
  const int code = read_page(file, page, offset - within);
  if (code == SQLITE_OK) std::memcpy(data, page + within, static_cast<std::size_t>(amount));
  return code;
}

int write_file(sqlite3_file* file, const void* data, int amount, sqlite3_int64 offset) {
  if (!reinterpret_cast<File*>(file)->summed || !is_page(amount, offset))
    return methods(file).xWrite(real(file), data, amount, offset);
  unsigned char page[page_bytes];
  std::memcpy(page, data, page_bytes);
  keep_sum(page, page_sum(page, offset));
  return methods(file).xWrite(real(file), page, amount, offset);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) { return methods(file).xTruncate(real(file), size); }
int sync_file(sqlite3_file* file, int flags) { return methods(file).xSync(real(file), flags); }
int file_size(sqlite3_file* file, sqlite3_int64* size) { return methods(file).xFileSize(real(file), size); }
int lock_file(sqlite3_file* file, int level) { return methods(file).xLock(real(file), level); }
int unlock_file(sqlite3_file* file, int level) { return methods(file).xUnlock(real(file), level); }
int is_locked(sqlite3_file* file, int* is) { return methods(file).xCheckReservedLock(real(file), is); }
int control_file(sqlite3_file* file, int what, void* value) {
  return methods(file).xFileControl(real(file), what, value);
}
int sector_size(sqlite3_file* file) { return methods(file).xSectorSize(real(file)); }
// A page's bytes are not the bytes that were given to write: no promise of the device's holds for them but its own.
int traits_of(sqlite3_file* file) { return methods(file).xDeviceCharacteristics(real(file)); }
int map_shared(sqlite3_file* file, int region, int size, int extend, void volatile** at) {
  return methods(file).xShmMap(real(file), region, size, extend, at);
}
int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
  return methods(file).xShmLock(real(file), offset, count, flags);
}
void fence_shared(sqlite3_file* file) { methods(file).xShmBarrier(real(file)); }
int unmap_shared(sqlite3_file* file, int remove) { return methods(file).xShmUnmap(real(file), remove); }

// Version 2: without xFetch no page is read past read_file().
const sqlite3_io_methods file_methods = {2,         close_file, read_file,   write_file,   truncate_file, sync_file,
                                         file_size, lock_file,  unlock_file, is_locked,    control_file,  sector_size,
                                         traits_of, map_shared, lock_shared, fence_shared, unmap_shared,  nullptr,
                                         nullptr};

// The system's own, or what a test has put in its place.
sqlite3_vfs* system_vfs() { return sqlite3_vfs_find(nullptr); }

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* opened) {
  auto* const made = reinterpret_cast<File*>(file);
  made->base.pMethods = nullptr;  // SQLite closes no file that has none
  sqlite3_vfs* const system = system_vfs();
  made->real = static_cast<sqlite3_file*>(std::calloc(1, static_cast<std::size_t>(system->szOsFile)));
  if (made->real == nullptr) return SQLITE_NOMEM;
  const int code = system->xOpen(system, name, made->real, flags, opened);
  if (made->real->pMethods == nullptr) {
    std::free(made->real);
    return code;
  }
  made->summed = (flags & SQLITE_OPEN_MAIN_DB) != 0;
  made->base.pMethods = &file_methods;
  return code;
}

int delete_file(sqlite3_vfs*, const char* name, int sync) { return system_vfs()->xDelete(system_vfs(), name, sync); }
int access_file(sqlite3_vfs*, const char* name, int flags, int* is) {
  return system_vfs()->xAccess(system_vfs(), name, flags, is);
}
int full_name(sqlite3_vfs*, const char* name, int size, char* full) {
  return system_vfs()->xFullPathname(system_vfs(), name, size, full);
}
int chance(sqlite3_vfs*, int size, char* bytes) { return system_vfs()->xRandomness(system_vfs(), size, bytes); }
int sleep(sqlite3_vfs*, int us) { return system_vfs()->xSleep(system_vfs(), us); }
int now(sqlite3_vfs*, double* days) { return system_vfs()->xCurrentTime(system_vfs(), days); }
int last_error(sqlite3_vfs*, int size, char* text) {
  return system_vfs()->xGetLastError != nullptr ? system_vfs()->xGetLastError(system_vfs(), size, text) : 0;
}

constexpr const char* vfs_name = "jackfield-page-sums";

bool registered() {
  static sqlite3_vfs vfs = {1,           sizeof(File), 1024,    nullptr, vfs_name, nullptr, open_file, delete_file,
                            access_file, full_name,    nullptr, nullptr, nullptr,  nullptr, chance,    sleep,
                            now,         last_error,   nullptr, nullptr, nullptr,  nullptr};
  static const bool done = [] {
    vfs.mxPathname = system_vfs()->mxPathname;
    return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK;
  }();
  return done;
}

}  // namespace

std::uint64_t page_sum(const unsigned char* page, std::int64_t offset) {
  const auto number = static_cast<XXH64_hash_t>(offset / page_bytes);
  const std::uint64_t sum = XXH3_64bits_withSeed(page, page_bytes - page_sum_bytes, number);
  return sum == 0 ? 1 : sum;
}

std::uint64_t kept_sum(const unsigned char* page) {
  std::uint64_t sum = 0;
  std::memcpy(&sum, page + page_bytes - page_sum_bytes, sizeof sum);
  return std::endian::native == std::endian::big ? __builtin_bswap64(sum) : sum;
}

void keep_sum(unsigned char* page, std::uint64_t sum) {
  if (std::endian::native == std::endian::big) sum = __builtin_bswap64(sum);
  std::memcpy(page + page_bytes - page_sum_bytes, &sum, sizeof sum);
}

std::string with_page_sums(const std::string& path) {
  if (!registered()) return path;
  std::string uri = path.starts_with('/') ? "file://" : "file:";
  for (const char c : path) {
    constexpr char digits[] = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    if (c == '%' || c == '?' || c == '#')
      (uri += '%').append({digits[byte >> 4], digits[byte & 15]});
    else
      uri += c;
  }
  return uri + "?vfs=" + vfs_name;
}

bool keep_page_sums(sqlite3* database) {
  int reserved = page_sum_bytes;
  sqlite3_file_control(database, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
  sqlite3_vfs* used = nullptr;
  sqlite3_file_control(database, "main", SQLITE_FCNTL_VFS_POINTER, &used);
  return used != nullptr && std::strcmp(used->zName, vfs_name) == 0;
}

std::string take_damage() { return std::exchange(damage, {}); }

}  // namespace jackfield::store
