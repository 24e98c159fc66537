#include "engine/gate.hpp"

#include <cctype>

namespace jackfield::engine {
namespace {

const char* title_of(int status) {
  switch (status) {
    case 400: return "Bad request";
    case 403: return "Forbidden";
    case 404: return "Not found";
    case 405: return "Method not allowed";
    case 408: return "Request timeout";
    case 409: return "Conflict";
    case 413: return "Content too large";
    case 415: return "Unsupported media type";
    case 417: return "Expectation failed";
    case 422: return "Unprocessable content";
    case 429: return "Too many requests";
    case 431: return "Request header fields too large";
    case 501: return "Not implemented";
    case 503: return "Service unavailable";
    case 504: return "Gateway timeout";
    default: return status < 500 ? "Refused" : "Internal error";
  }
}

// TOO_LATE → urn:jackfield:problem:too-late
std::string type_of(const std::string& code) {
  std::string type = "urn:jackfield:problem:";
  for (const char c : code) {
    type += c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return type;
}

}  // namespace

Reply problem(int status, std::string code, std::string detail) {
  Reply reply;
  reply.status = status;
  reply.body = {{"type", type_of(code)}, {"title", title_of(status)}, {"status", status}};
  reply.body["detail"] = std::move(detail);
  reply.body["code"] = std::move(code);
  if (status == 429 || status == 503) reply.retry_after = std::chrono::seconds(1);
  return reply;
}

Reply stopping() {
  return problem(503, "STOPPING", "the host is stopping and takes nothing new; nothing was done, ask again later");
}

Reply not_taken(const Gate& gate) {
  if (gate.stopping()) return stopping();
  return problem(503, "QUEUE_FULL", "the host has as much to do as it will queue; nothing was done, try again");
}

}  // namespace jackfield::engine
