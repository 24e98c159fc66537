#include "lane/switchboard_impl.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace jackfield::lane {
namespace {

constexpr std::size_t most_peers = 1024;  // of one lane: a runner cannot make them without end
constexpr int heard_a_turn = 4096;        // of each socket: who sends without end keeps the engine from nothing else

// JF_BROKEN was heard by the runner, which says JF_RETRY for it.
bool is_answer(std::int32_t status) {
  return status == JF_OK || (status > JF_PENDING && status <= JF_UNKNOWN) || status == JF_NOT_DONE;
}

}  // namespace

std::size_t Switchboard::Impl::collect(std::vector<Answer>* answers) {
  const std::size_t before = answers != nullptr ? answers->size() : 0;
  zmq::message_t from, message;
  for (zmq::socket_t* socket : {&router_, &outside_}) {
    if (socket == &outside_ && endpoint_.empty()) continue;
    for (int heard = 0; heard < heard_a_turn && socket->recv(from, zmq::recv_flags::dontwait); ++heard) {
      bool whole = from.more() && socket->recv(message, zmq::recv_flags::dontwait);
      for (; message.more(); whole = false)  // a frame has two parts
        if (!socket->recv(message, zmq::recv_flags::dontwait)) break;
      if (!whole) continue;
      const auto frame = decode(message);
      if (socket == &router_) hear_inside(frame, from.to_string(), answers);
      else hear_outside(frame, from.to_string(), answers);
    }
  }
  return answers != nullptr ? answers->size() - before : 0;
}

void Switchboard::Impl::hear_inside(const Frame& frame, const std::string& from, std::vector<Answer>* answers) {
  if (const auto* const found = std::get_if<Answers>(&frame)) {
    for (const auto& view : found->answers) meet(view, answers);
  } else if (const auto* const hello = std::get_if<Hello>(&frame)) {
    const auto lane = lanes_.find(std::string(hello->plugin));
    if (lane == lanes_.end()) return;
    Edition* const edition = lane->second.with_place(hello->place);
    if (edition != nullptr) greet(lane->second, *edition, *hello, from, false);
  } else if (std::holds_alternative<Goodbye>(frame)) {
    part(from);
  } else {
    const auto* const bad = std::get_if<Malformed>(&frame);
    spdlog::error("a lane's message is dropped: {}", bad != nullptr ? bad->why : "a peer may not send this kind");
  }
}

// From another process, which is believed nothing: it may answer what it was given, and no more.
void Switchboard::Impl::hear_outside(const Frame& frame, const std::string& from, std::vector<Answer>* answers) {
  const auto [lane, edition] = of_runner(from);
  if (lane == nullptr) return;  // of a runner that is no more
  if (const auto* const found = std::get_if<Answers>(&frame)) {
    for (AnswerView view : found->answers) {
      const auto flight = flights_.find(view.token);
      if (flight == flights_.end() || !flight->second.peer || flight->second.peer->edition != edition) continue;
      if (!is_answer(view.status)) {
        view.status = JF_UNKNOWN;
        view.code = "BAD_STATUS";
      }
      edition->carrier->answered();
      if (view.status != JF_UNKNOWN) lane->suspects.erase(flight->second.key);
      lane->alone = false;
      meet(view, answers);
    }
  } else if (const auto* const hello = std::get_if<Hello>(&frame)) {
    if (hello->plugin != lane->descriptor().id || from.size() == name_bytes || lane->peers.size() >= most_peers) return;
    edition->runner->joined(hello->place);
    greet(*lane, *edition, *hello, from, true);
  } else if (from.size() == name_bytes) {
    edition->runner->hear(frame);
  } else if (std::holds_alternative<Goodbye>(frame)) {
    part(from);
  }
}

std::pair<Lane*, Edition*> Switchboard::Impl::of_runner(const std::string& from) {
  if (from.size() < name_bytes || (from.size() > name_bytes && from[name_bytes] != '.')) return {nullptr, nullptr};
  const auto is = [&](const std::unique_ptr<Edition>& edition) {
    return edition && edition->runner != nullptr && from.compare(0, name_bytes, edition->runner->name()) == 0;
  };
  for (auto& [id, lane] : lanes_) {
    if (is(lane.edition)) return {&lane, lane.edition.get()};
    if (is(lane.next)) return {&lane, lane.next.get()};
    for (auto& edition : lane.old)
      if (is(edition)) return {&lane, edition.get()};
  }
  return {nullptr, nullptr};
}

void Switchboard::Impl::greet(Lane& lane, Edition& edition, const Hello& hello, std::string address, bool outside) {
  auto peer = std::make_shared<Peer>();
  peer->address = std::move(address);
  peer->edition = &edition;
  peer->outside = outside;
  peer->place = hello.place;
  peer->credit = static_cast<std::size_t>(std::min<std::uint64_t>(hello.credit, max_answers));
  if (stopping_ || edition.closing) {
    peer->leaving = true;
    send(*peer, encode(Goodbye{}));
  }
  lane.peers.push_back(std::move(peer));
}

void Switchboard::Impl::part(const std::string& address) {
  for (auto& [id, lane] : lanes_) {
    const auto peer = lane.part_address(address);
    if (!peer) continue;
    peer->edition->carrier->left(peer->place);
    return;
  }
}

void Switchboard::Impl::meet(const AnswerView& view, std::vector<Answer>* answers) {
  const auto found = flights_.find(view.token);
  if (found == flights_.end()) return;
  const Flight flight = std::move(found->second);
  flights_.erase(found);
  if (Lane* const lane = flight.lane; lane != nullptr) {
    if (flight.peer) {
      --flight.peer->under_way;
      --lane->in_flight;
    }
    if (flight.abandoned) {
      ++lane->late;
      if (flight.peer) flight.peer->edition->carrier->uncancel(view.token);
      return;
    }
    ++lane->calls;
    if (view.status == JF_FAIL || view.status == JF_NOT_DONE || view.status == JF_UNKNOWN) ++lane->failures;
  }
  if (answers == nullptr || flight.abandoned) return;
  Answer answer;
  answer.token = view.token;
  answer.status = view.status;
  if (flight.lane != nullptr && flight.peer) answer.version = flight.peer->edition->version;
  answer.retry_after_ms = view.retry_after_ms;
  answer.took_us = view.took_us;
  answer.output.assign(view.output.begin(), view.output.end());
  answer.code = view.code;
  answer.text = view.text;
  answers->push_back(std::move(answer));
}

void Switchboard::Impl::abandon(std::uint64_t token) {
  const auto found = flights_.find(token);
  if (found == flights_.end() || found->second.abandoned) return;
  Lane* const lane = found->second.lane;
  if (lane == nullptr || found->second.peer) {
    found->second.abandoned = true;
    if (lane == nullptr) return;
    found->second.peer->edition->carrier->cancel(token);
    late_.push_back({token, fittings_.now_ms()});
    return;
  }
  flights_.erase(found);
  if (lane->wanted > 0) --lane->wanted;
  if (lane->waiting.size() > 2 * lane->wanted + max_tasks)
    std::erase_if(lane->waiting, [&](const Task& task) { return flights_.count(task.token) == 0; });
}

}  // namespace jackfield::lane
