#include "engine/svg.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/process.hpp>

#include <future>
#include <stdexcept>

namespace jackfield::engine {

namespace bp = boost::process;

std::string svg(const std::string& dot) {
  const auto program = bp::search_path("dot");
  if (program.empty()) throw std::runtime_error("found no program 'dot' to draw with; install Debian's package graphviz");
  boost::asio::io_context io;
  std::future<std::string> drawn;
  bp::child child(program, "-Tsvg", bp::std_in < boost::asio::buffer(dot), bp::std_out > drawn, bp::std_err > bp::null, io);
  io.run_for(std::chrono::seconds(10));
  if (!io.stopped()) {
    child.terminate();
    throw std::runtime_error("'dot' had not drawn the flow after 10 s");
  }
  child.wait();
  if (child.exit_code() != 0) throw std::runtime_error("'dot' ended with " + std::to_string(child.exit_code()));
  return drawn.get();
}

}  // namespace jackfield::engine
