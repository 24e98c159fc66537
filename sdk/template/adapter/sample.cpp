// Tells an external system about an order: HTTP JSON, one note per key, repeated safely.
#include <jackfield/http_answer.hpp>
#include <jackfield/json.hpp>
#include <jackfield/plugin.hpp>

using namespace std::chrono_literals;

struct Settings {
  std::string url = "http://127.0.0.1:7300";
  jackfield::Duration timeout = 5s;
  JF_FIELDS((url, "where the system listens: http://host:port"), (timeout, "the longest one request may take"))
};

/// What all steps share: made once from the settings, before the first task. It connects to nothing yet.
struct SampleSystem {
  static constexpr auto traits = jackfield::traits().reentrant().blocking().summary("Tells a system about orders");
  explicit SampleSystem(const Settings& settings) : client(settings.url) {}
  jackfield::HttpClient client;
};

struct Note {
  std::string subject, text;
  JF_FIELDS((subject, "who or what it is about", jackfield::required), (text, "what happened"))
};
/// The note as it is sent.
struct Request {
  std::string key, subject, text;
  JF_FIELDS(key, subject, text)
};
struct Sent {
  std::string id;
  JF_FIELDS((id, "the note's number over there", jackfield::required))
};

struct SendSample : jackfield::Step<Settings, Note, Sent, SampleSystem> {
  static constexpr auto info = jackfield::step("sample.send", "Sends a note about an order").idempotent();

  Sent run(const Note& note, jackfield::Context& ctx) {
    const Request request{std::string(ctx.key()), note.subject, note.text};
    const auto reply = jackfield::send_or_retry(shared.client, "POST", "/v1/notes", "application/json",
                                                jackfield::to_json(request), jackfield::time_for(ctx, settings.timeout),
                                                "the system");
    jackfield::expect_success(reply, "the system");
    try {
      return jackfield::from_json<Sent>(reply.body);
    } catch (const std::invalid_argument& error) {
      throw jackfield::Fail{"ANSWER_INVALID", std::string("the system's answer cannot be read: ") + error.what()};
    }
  }
};

JACKFIELD_ADAPTER("sample", "1.0.0", SendSample)
