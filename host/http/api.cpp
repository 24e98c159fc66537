#include "http/api.hpp"

#include "engine/body.hpp"
#include "http/console.hpp"
#include "http/lists.hpp"

#include <utility>

namespace jackfield::http {
namespace {

using engine::Op;
using engine::problem;
using engine::Reply;
using flow::Value;

Answer text(std::string_view content_type, std::string content, bool page = false) {
  Answer answer;
  answer.reply.status = 200;
  answer.content_type = content_type;
  answer.text = std::move(content);
  answer.page = page;
  return answer;
}

Answer health(int status, const char* word) {
  Answer answer;
  answer.reply.status = status;
  answer.reply.body = {{"status", word}};
  return answer;
}

/// Every list answers in one shape; lists of flows and plugins are short and come whole.
Reply as_list(Reply reply) {
  if (reply.status == 200 && reply.body.is_array()) {
    reply.body = {{"items", std::move(reply.body)}, {"next", nullptr}};
  }
  return reply;
}

Op op_of(Call call) {
  switch (call) {
    case Call::cancel: return Op::cancel;
    case Call::retry: return Op::retry;
    case Call::replay: return Op::replay;
    case Call::flow: return Op::flow;
    case Call::reload_plugin: return Op::reload_plugin;
    case Call::release_plugin: return Op::release_plugin;
    default: return Op::get;
  }
}

/// Empty where the content may come: JSON, and nothing packed.
std::optional<Answer> wrong_content(const Head& head, Content content) {
  if (content == Content::none) return std::nullopt;
  if (!head.content_type && !head.has_body) return std::nullopt;
  if (!is_json(head.content_type.value_or(""))) {
    return Answer{problem(415, "NOT_JSON", "the body's Content-Type: expected application/json in UTF-8")};
  }
  if (head.content_encoding && *head.content_encoding != "identity") {
    return Answer{problem(415, "PACKED", "the body's Content-Encoding: expected none; send it as it is")};
  }
  return std::nullopt;
}

}  // namespace

Api::Api(engine::Gate& gate, engine::Viewer& viewer, engine::Metrics& metrics, OpenReader open_reader,
         std::size_t reads_most)
    : gate_(&gate),
      viewer_(&viewer),
      metrics_(&metrics),
      intake_(viewer),
      reading_(std::move(open_reader), reads_most),
      client_(gate.client()) {}

std::variant<Admitted, Answer> Api::admit(const Head& head) const {
  auto target = read_target(head.target);
  if (!target) {
    return Answer{problem(400, "BAD_TARGET",
                          "the address cannot be read: expected a path and a query in UTF-8, "
                          "percent-encoded, each parameter once")};
  }
  Match found = match(head.method, target->segments);
  if (found.kind == Match::Kind::no_path) return Answer{problem(404, "NO_SUCH_CALL", "the API has no such path")};
  if (found.kind == Match::Kind::no_method) {
    Answer answer{problem(405, "METHOD_NOT_ALLOWED", "this path takes " + found.allow)};
    answer.allow = found.allow;
    return answer;
  }
  // A page of another site may make a browser send this; it carries no right to.
  if (head.method == "POST" && head.fetch_site == "cross-site") {
    return Answer{problem(403, "CROSS_SITE", "sent by a page of another site")};
  }
  if (auto refusal = wrong_content(head, found.route.content)) return *std::move(refusal);
  if (head.idempotency_key && head.idempotency_key->empty()) {
    return Answer{problem(400, "BAD_NAME", "the header Idempotency-Key is empty; leave it out, or give a key")};
  }
  return Admitted{std::move(found.route), *std::move(target), head.idempotency_key.value_or(""),
                  std::min(read_wait(head.prefer), engine::wait_most)};
}

void Api::serve(const Admitted& admitted, const std::string& body, Done done) {
  Value content;
  const bool wanted =
      admitted.route.content == Content::required || (admitted.route.content == Content::optional && !body.empty());
  if (wanted) {
    auto read = engine::read_json(body);
    if (auto* refusal = std::get_if<Reply>(&read)) return done({std::move(*refusal)});
    content = std::move(std::get<Value>(read));
  }
  switch (admitted.route.call) {
    case Call::console: return done(text("text/html; charset=utf-8", std::string(console_page), true));
    case Call::console_script: return done(text("text/javascript; charset=utf-8", std::string(console_script)));
    case Call::console_style: return done(text("text/css; charset=utf-8", std::string(console_style)));
    case Call::metrics: return done(text("text/plain; version=0.0.4; charset=utf-8", metrics_->text()));
    case Call::healthz: return done(health(200, "alive"));
    case Call::readyz:
      if (gate_->ready()) return done(health(200, "ready"));
      if (gate_->stopping()) return done({engine::stopping()});
      return done({problem(503, "NOT_READY", "no orders are taken: recovery is not done, or the store takes no writes")});
    case Call::graph:
    case Call::instances:
    case Call::dead_letters:
    case Call::dead_letter: return read(admitted, std::move(done));
    case Call::start: return order(admitted, content, std::move(done));
    case Call::event_to:
    case Call::event: return event(admitted, std::move(content), std::move(done));
    case Call::flows: return list(admitted, Op::flows, "flow", std::move(done));
    case Call::reload_plugin: {
      auto checked = intake_.named(Op::reload_plugin, admitted.route.names.at(0), admitted.wait);
      if (auto* request = std::get_if<engine::Request>(&checked)) request->body = std::move(content);
      return ask(std::move(checked), std::move(done));
    }
    case Call::plugins: return list(admitted, Op::plugins, "id", std::move(done));
    default:
      return ask(intake_.named(op_of(admitted.route.call), admitted.route.names.at(0), admitted.wait), std::move(done));
  }
}

void Api::order(const Admitted& admitted, const Value& body, Done done) {
  ask(intake_.start(admitted.route.names.at(0), body, admitted.idempotency_key, admitted.wait), std::move(done));
}

void Api::event(const Admitted& admitted, Value body, Done done) {
  engine::EventCall call;
  call.wait = admitted.wait;
  call.event_id = admitted.idempotency_key;
  if (admitted.route.call == Call::event_to) {
    call.id = admitted.route.names.at(0);
    call.name = admitted.route.names.at(1);
  } else {
    call.name = admitted.route.names.at(0);
  }
  call.body = std::move(body);
  ask(intake_.event(std::move(call)), std::move(done));
}

void Api::list(const Admitted& admitted, Op op, const char* name, Done done) {
  auto query = page_query(admitted.target.query, After::name);
  if (auto* refusal = std::get_if<Reply>(&query)) return done({std::move(*refusal)});
  ask(engine::Request{.op = op}, [name, page = std::get<store::InstanceQuery>(query), done](Answer answer) {
    answer.reply = cut_page(std::move(answer.reply), name, page);
    done(std::move(answer));
  });
}

void Api::read(const Admitted& admitted, Done done) {
  engine::Viewer* viewer = viewer_;
  const auto& names = admitted.route.names;
  if (admitted.route.call == Call::dead_letter) {
    return reading_.ask([id = names.at(0)](store::Reader& reader) { return show_dead_letter(reader, id); },
                        std::move(done));
  }
  if (admitted.route.call == Call::graph) {
    const auto draw = [viewer, flow = names.at(0)](store::Reader&) -> Answer {
      auto svg = viewer->graph_svg(flow);
      if (!svg) return {problem(404, "FLOW_UNKNOWN", "there is no flow of this name")};
      return text("image/svg+xml", *std::move(svg));
    };
    return reading_.ask(draw, std::move(done));
  }
  const bool instances = admitted.route.call == Call::instances;
  auto query = instances ? instance_query(admitted.target.query) : page_query(admitted.target.query, After::id);
  if (auto* refusal = std::get_if<Reply>(&query)) return done({std::move(*refusal)});
  const auto list = [viewer, instances, page = std::get<store::InstanceQuery>(query)](store::Reader& reader) {
    return instances ? list_instances(reader, *viewer, page) : list_dead_letters(reader, page);
  };
  reading_.ask(list, std::move(done));
}

void Api::ask(engine::Checked checked, Done done) {
  if (auto* refusal = std::get_if<Reply>(&checked)) return done({std::move(*refusal)});
  auto& request = std::get<engine::Request>(checked);
  request.form = engine::Form::picture;
  const bool taken = client_->ask(std::move(request),
                                  [done](Reply reply) { done({as_list(std::move(reply))}); });
  if (taken) return;
  done({not_taken(*gate_)});
}

}  // namespace jackfield::http
