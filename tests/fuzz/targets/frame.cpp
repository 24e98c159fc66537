// What a runner process sends its host, and what it leaves behind: a hostile plugin writes all of it as it likes.
//
// Input: its first byte says which: 'b' the breadcrumbs' shared memory, 'o' one step's output, 'm' the labels of a
// metric, else a frame. Promised: bounded, never a crash; a frame that is read says the same when it is written again;
// an output that passes can be stored, read back and shown.
#include "harness.hpp"

#include "engine/body.hpp"
#include "flow/event.hpp"
#include "lane/breadcrumbs.hpp"
#include "lane/frames.hpp"

#include <jackfield/folder.hpp>

#include <fcntl.h>
#include <unistd.h>

namespace jackfield::fuzz {
namespace {

void crumbs(std::string_view bytes) {
  static const testing::Folder folder;
  static const std::string file = folder.file("crumbs");
  static const lane::Breadcrumbs board(file);  // mapped, and of its right size
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  const auto size = static_cast<std::size_t>(::lseek(descriptor, 0, SEEK_END));
  std::string whole(size, '\0');
  require(::pread(descriptor, whole.data(), sizeof(std::uint64_t), 0) == sizeof(std::uint64_t), "a board");
  for (std::size_t at = sizeof(std::uint64_t), i = 0; at < size && !bytes.empty(); ++at, ++i)
    whole[at] = bytes[i % bytes.size()];
  require(::pwrite(descriptor, whole.data(), size, 0) == static_cast<ssize_t>(size), "a written board");
  ::close(descriptor);
  for (const auto& crumb : board.read()) {
    require(crumb.plugin.size() <= 256 && crumb.step.size() <= 256 && crumb.tokens.size() <= 4096,
            "crumbs are bounded");
  }
  require(lane::Breadcrumbs::read(file).size() == board.read().size(), "a later run reads the same");
}

void output(std::string_view bytes) {
  const auto read = engine::read_output(bytes);
  if (!read) return;
  require(read->is_object(), "an output is a map");
  (void)read->dump();  // throws where a text is not UTF-8
  flow::Event event;
  event.kind = flow::EventKind::done;
  event.body = *read;
  const auto stored = flow::encode(event);
  require(flow::decode(stored.data(), stored.size()).body == *read, "an output is stored as it came");
}

bool same(const lane::Answers& a, const lane::Answers& b) {
  return std::equal(a.answers.begin(), a.answers.end(), b.answers.begin(), b.answers.end(),
                    [](const lane::AnswerView& x, const lane::AnswerView& y) {
                      return x.token == y.token && x.status == y.status && x.retry_after_ms == y.retry_after_ms &&
                             x.took_us == y.took_us && x.output == y.output && x.code == y.code && x.text == y.text;
                    });
}

void frame(std::string_view bytes) {
  const zmq::message_t message(bytes.data(), bytes.size());
  const auto read = lane::decode(message);
  if (const auto* bad = std::get_if<lane::Malformed>(&read)) {
    require(!bad->why.empty(), "what does not fit is said");
  } else if (const auto* found = std::get_if<lane::Answers>(&read)) {
    require(!found->answers.empty() && found->answers.size() <= lane::max_answers, "answers are bounded");
    lane::Bundle bundle;
    for (const auto& answer : found->answers) bundle.add(answer);
    const auto again = bundle.take();
    const auto reread = lane::decode(again);
    const auto* answers = std::get_if<lane::Answers>(&reread);
    require(answers != nullptr && same(*answers, *found), "answers say the same written again");
  } else if (const auto* tasks = std::get_if<lane::Tasks>(&read)) {
    require(!tasks->tasks.empty() && tasks->tasks.size() <= lane::max_tasks, "tasks are bounded");
  } else if (const auto* measured = std::get_if<lane::Measured>(&read)) {
    (void)engine::read_labels(measured->labels);
  }
}

}  // namespace
}  // namespace jackfield::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jackfield;
  const auto bytes = fuzz::text_of(data, size);
  if (bytes.starts_with('b'))
    fuzz::crumbs(bytes.substr(1));
  else if (bytes.starts_with('o'))
    fuzz::output(bytes.substr(1));
  else if (bytes.starts_with('m'))
    (void)engine::read_labels(bytes.substr(1));
  else
    fuzz::frame(bytes);
  return 0;
}
