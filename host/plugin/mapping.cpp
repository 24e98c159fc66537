#include "plugin/mapping.hpp"

#include <boost/dll/shared_library.hpp>

#include <filesystem>

namespace jackfield::plugin {

struct Mapping::Handle {
  boost::dll::shared_library library;
};

Mapping::Mapping(const std::string& file)
    : handle_(std::make_unique<Handle>(Handle{boost::dll::shared_library(std::filesystem::absolute(file).string(),
                                                                         boost::dll::load_mode::rtld_now)})) {}

Mapping::~Mapping() { (void)handle_.release(); }

const jf_plugin* Mapping::table() const { return handle_->library.get<const jf_plugin*()>(JF_ENTRY)(); }

void Mapping::close() { handle_->library.unload(); }  // table() throws from now on

}  // namespace jackfield::plugin
