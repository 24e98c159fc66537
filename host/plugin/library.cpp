#include "plugin/library.hpp"

#include "plugin/digest.hpp"
#include "plugin/probe.hpp"

#include <boost/dll/shared_library.hpp>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>

namespace jackfield::plugin {
namespace {

namespace fs = std::filesystem;

// Every library this process has mapped, by hash: never unmapped, so never destroyed. A mutex, because a reload may
// come from another thread than the start did.
struct Mapped {
  std::mutex guard;
  std::map<std::string, std::shared_ptr<const Library>> by_hash;
  std::vector<std::unique_ptr<boost::dll::shared_library>> handles;
};
Mapped& mapped() {
  static auto* const all = new Mapped;
  return *all;
}

Refusal not_kept(const std::string& file, const fs::path& path) {
  return {file, "no way to keep a copy as " + path.string() + " (" + std::strerror(errno) + ")",
          "a data_dir this user may write to, with room", "set data_dir, or its permissions"};
}

bool write_all(int out, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(out, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

// Writes beside and renames in, so a name made of a hash never holds anything else.
std::optional<Refusal> keep(const std::string& file, const fs::path& path, std::span<const std::uint8_t> bytes) {
  const auto present = read_library(path.string());
  if (const auto* old = std::get_if<std::vector<std::uint8_t>>(&present))
    if (std::equal(old->begin(), old->end(), bytes.begin(), bytes.end())) return std::nullopt;
  std::string beside = path.string() + ".XXXXXX";
  const int out = ::mkstemp(beside.data());
  if (out < 0) return not_kept(file, path);
  const bool written = write_all(out, bytes) && ::fchmod(out, 0500) == 0;
  const bool renamed = ::close(out) == 0 && written && ::rename(beside.c_str(), path.c_str()) == 0;
  if (renamed) return std::nullopt;
  auto refusal = not_kept(file, path);
  ::unlink(beside.c_str());
  return refusal;
}

// Where the copy lies: in data_dir for good, else in a folder that is removed once the library is mapped.
class Shelf {
 public:
  explicit Shelf(const std::string& data_dir) {
    std::error_code error;
    if (!data_dir.empty()) {
      folder_ = fs::path(data_dir) / "plugins";
      fs::create_directories(folder_, error);
      return;
    }
    std::string name = (fs::temp_directory_path(error) / "jackfield-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) return;
    folder_ = name;
    passing_ = true;
  }
  ~Shelf() {
    std::error_code error;
    if (passing_) fs::remove_all(folder_, error);
  }
  Shelf(const Shelf&) = delete;
  Shelf& operator=(const Shelf&) = delete;
  [[nodiscard]] fs::path path(const std::string& hash) const { return folder_ / (hash + ".so"); }

 private:
  fs::path folder_;
  bool passing_ = false;
};

std::variant<Descriptor, Refusal> understand(const Inspection& inspection, const std::string& json) {
  try {
    auto descriptor = Descriptor::parse(json);
    if (descriptor.id == inspection.id && descriptor.version == inspection.version) return descriptor;
    return Refusal{inspection.file,
                   "a descriptor of " + descriptor.id + " " + descriptor.version + " in a library whose section " +
                       JF_SECTION + " says " + inspection.id + " " + inspection.version,
                   "the same id and version in both",
                   "define the plugin with JACKFIELD_PLUGIN(…), which writes both"};
  } catch (const std::runtime_error& error) {
    return Refusal{inspection.file, std::string("a wrong descriptor: ") + error.what(),
                   "the JSON that abi.h describes at jf_plugin::descriptor",
                   "define the plugin with JACKFIELD_PLUGIN(…), or correct the descriptor"};
  }
}

// Under the mutex.
std::variant<const jf_plugin*, Refusal> map(const std::string& path, const Inspection& inspection) {
  try {
    mapped().handles.push_back(
        std::make_unique<boost::dll::shared_library>(path, boost::dll::load_mode::rtld_now));
    const jf_plugin* const table = mapped().handles.back()->get<const jf_plugin*()>(JF_ENTRY)();
    if (const auto fault = table_fault(table); !fault.empty())
      return Refusal{inspection.file, fault, "the table it showed when it was tried", "build the plugin again"};
    return table;
  } catch (const std::exception& error) {
    return Refusal{inspection.file, std::string("a library that cannot be loaded: ") + error.what(),
                   "one that loads in this process as it did when it was tried",
                   "see what differs: memory limits, files"};
  }
}

}  // namespace

namespace {

// Under the mutex.
std::variant<Tried, Refusal> try_file(const std::string& file, const Shelf& shelf) {
  const auto read = read_library(file);
  if (const auto* refusal = std::get_if<Refusal>(&read)) return *refusal;
  const auto& bytes = std::get<std::vector<std::uint8_t>>(read);
  auto inspected = inspect(file, bytes);
  if (auto* refusal = std::get_if<Refusal>(&inspected)) return *refusal;
  Tried tried{std::get<Inspection>(std::move(inspected)), sha256(bytes), {}, {}};
  tried.path = shelf.path(tried.hash).string();
  if (auto refusal = keep(file, tried.path, bytes)) return *refusal;
  if (const auto known = mapped().by_hash.find(tried.hash); known != mapped().by_hash.end()) {
    tried.descriptor = known->second->descriptor();
    return tried;
  }
  auto probed = probe(tried.path, file);
  if (auto* refusal = std::get_if<Refusal>(&probed)) return *refusal;
  auto understood = understand(tried.inspection, std::get<std::string>(probed));
  if (auto* refusal = std::get_if<Refusal>(&understood)) return *refusal;
  tried.descriptor = std::get<Descriptor>(std::move(understood));
  return tried;
}

// Under the mutex.
std::variant<std::shared_ptr<const Library>, Refusal> map_tried(const Tried& tried) {
  if (const auto known = mapped().by_hash.find(tried.hash); known != mapped().by_hash.end()) return known->second;
  auto opened = map(tried.path, tried.inspection);
  if (auto* refusal = std::get_if<Refusal>(&opened)) return *refusal;
  auto library = std::make_shared<const Library>(tried.inspection, tried.hash, tried.descriptor,
                                                 std::get<const jf_plugin*>(opened));
  mapped().by_hash.emplace(tried.hash, library);
  return library;
}

}  // namespace

std::variant<Tried, Refusal> try_out(const std::string& file, const std::string& data_dir) {
  const std::lock_guard lock(mapped().guard);
  return try_file(file, Shelf(data_dir));
}

std::variant<std::shared_ptr<const Library>, Refusal> map_in(const Tried& tried) {
  const std::lock_guard lock(mapped().guard);
  return map_tried(tried);
}

std::variant<std::shared_ptr<const Library>, Refusal> open_tried(const std::string& path) {
  const auto read = read_library(path);
  if (const auto* refusal = std::get_if<Refusal>(&read)) return *refusal;
  auto inspected = inspect(path, std::get<std::vector<std::uint8_t>>(read));
  if (auto* refusal = std::get_if<Refusal>(&inspected)) return *refusal;
  const auto& inspection = std::get<Inspection>(inspected);
  const std::lock_guard lock(mapped().guard);
  auto opened = map(path, inspection);
  if (auto* refusal = std::get_if<Refusal>(&opened)) return *refusal;
  const auto* const table = std::get<const jf_plugin*>(opened);
  auto understood = understand(
      inspection, {reinterpret_cast<const char*>(table->descriptor.data), std::size_t(table->descriptor.len)});
  if (auto* refusal = std::get_if<Refusal>(&understood)) return *refusal;
  return std::make_shared<const Library>(inspection, std::string(), std::get<Descriptor>(std::move(understood)), table);
}

std::variant<std::shared_ptr<const Library>, Refusal> take_in(const std::string& file, const std::string& data_dir) {
  const std::lock_guard lock(mapped().guard);
  const Shelf shelf(data_dir);
  auto tried = try_file(file, shelf);
  if (auto* refusal = std::get_if<Refusal>(&tried)) return *refusal;
  return map_tried(std::get<Tried>(tried));
}

}  // namespace jackfield::plugin
