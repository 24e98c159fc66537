#include "store/journal.hpp"

#include <algorithm>

namespace jackfield::store {

using Kind = Journal::Change::Kind;

std::uint64_t Journal::crowded_out() const {
  const std::size_t needed = rows_.size() - free_.size();
  if (needed < rows_most && needed_bytes_ < bytes_most) return 0;
  std::uint64_t oldest = commit_;
  for (const auto& [id, busy] : busy_) {
    if (!busy.events.empty()) oldest = std::min(oldest, busy.since);
  }
  return oldest + (commit_ - oldest) / 2;  // half of them, so that it is seldom
}

void Journal::to_chunks(Plan& plan, const std::string& instance, const Busy* busy, const Rows& rows) {
  Chunk chunk{instance, 0, 0, {}};
  bool begun = busy != nullptr && !busy->events.empty();
  if (begun) chunk = {instance, busy->seq, busy->next - 1, busy->events};
  for (const JournalRow* row : rows) {
    if (begun && (row->seq != chunk.last + 1 || chunk.events.size() >= chunk_most)) {
      plan.chunks.push_back(std::move(chunk));
      begun = false;
    }
    if (!begun) chunk = {instance, row->seq, row->seq, {}};
    begun = true;
    chunk.last = row->seq;
    append_event(chunk.events, row->event);
  }
  if (begun) plan.chunks.push_back(std::move(chunk));
}

/// The rows of one instance, in order; none: it only changes its standing.
void Journal::place(Plan& plan, const Rows& rows, const Standing* standing, std::uint64_t out) const {
  const std::string& instance = rows.empty() ? *standing->id : rows.front()->instance;
  const auto found = busy_.find(instance);
  const Busy* const busy = found == busy_.end() ? nullptr : &found->second;
  const bool fresh = standing != nullptr && standing->fresh;
  const bool known = busy != nullptr || fresh;
  const bool at_work = standing != nullptr ? standing->wake == Wake::busy : busy != nullptr;
  std::uint32_t next = busy != nullptr ? busy->next : any;
  bool in_order = true;
  std::string events;
  for (const JournalRow* row : rows) {
    in_order = in_order && (next == any || row->seq == next);
    next = row->seq + 1;
    if (at_work && known && in_order) append_event(events, row->event);
  }
  const bool crowded = busy != nullptr && !busy->events.empty() &&
                       (busy->since <= out || busy->events.size() + events.size() > chunk_most);
  if (at_work && known && in_order && !crowded && plan.row.size() + events.size() < row_most) {
    if (!rows.empty()) append_run(plan.row, instance, rows.front()->seq, rows.size(), events);
    plan.changes.push_back({Kind::logged, &instance, rows.empty() ? 0 : rows.front()->seq, next,
                            plan.row.size() - events.size(), events.size()});
    return;
  }
  to_chunks(plan, instance, busy, rows);
  if (at_work && (known || !rows.empty())) {
    plan.changes.push_back({known ? Kind::chunked : Kind::learned, &instance, 0, next, 0, 0});
  } else if (busy != nullptr) {
    plan.changes.push_back({Kind::ended, &instance, 0, 0, 0, 0});
  }
}

Journal::Plan Journal::plan(const Batch& batch) const {
  Plan plan;
  const std::uint64_t out = crowded_out();
  Standings standings;
  for (const InstanceRow& row : batch.instances) standings[row.id] = {&row.id, row.wake, true, false};
  for (const InstanceUpdate& row : batch.updates) {
    Standing& standing = standings[row.id];
    standing.id = &row.id;
    standing.wake = row.wake;
  }
  Rows all;
  all.reserve(batch.journal.size());
  for (const JournalRow& row : batch.journal) all.push_back(&row);
  std::sort(all.begin(), all.end(), [](const JournalRow* a, const JournalRow* b) {
    const int order = a->instance.compare(b->instance);
    return order != 0 ? order < 0 : a->seq < b->seq;
  });
  std::set<std::string_view> placed;  // kept only where somebody may have to make room
  Rows rows;
  for (std::size_t i = 0; i < all.size(); ++i) {
    rows.push_back(all[i]);
    if (i + 1 < all.size() && all[i + 1]->instance == all[i]->instance) continue;
    const auto found = standings.find(all[i]->instance);
    place(plan, rows, found == standings.end() ? nullptr : &found->second, out);
    if (found != standings.end()) found->second.done = true;
    if (out != 0) placed.insert(all[i]->instance);
    rows.clear();
  }
  for (const auto& [id, standing] : standings) {
    if (!standing.done) place(plan, {}, &standing, out);
    if (out != 0) placed.insert(id);
  }
  if (out != 0) {
    for (const auto& [id, busy] : busy_) {
      if (busy.events.empty() || busy.since > out || placed.contains(id)) continue;
      to_chunks(plan, id, &busy, {});
      plan.changes.push_back({Kind::chunked, &id, 0, busy.next, 0, 0});
    }
  }
  plan.number = free_.empty() ? static_cast<std::int64_t>(rows_.size()) : *free_.begin();
  if (unneeded_bytes_ > bytes_most) {
    plan.unneeded = unneeded();
    if (!plan.row.empty()) std::erase(plan.unneeded, plan.number);
  }
  return plan;
}

void Journal::release(Busy& busy) {
  for (const std::int64_t number : busy.rows) {
    Row& row = rows_[static_cast<std::size_t>(number)];
    if (--row.holders > 0) continue;
    free_.insert(number);
    needed_bytes_ -= row.bytes;
    unneeded_bytes_ += row.bytes;
  }
  busy.rows = {};
  busy.events = {};
}

void Journal::stored(const Plan& plan) {
  if (!plan.row.empty()) {
    const auto number = static_cast<std::size_t>(plan.number);
    if (number == rows_.size()) rows_.emplace_back();
    if (free_.erase(plan.number) > 0) unneeded_bytes_ -= rows_[number].bytes;
    rows_[number] = {0, plan.row.size()};
    needed_bytes_ += plan.row.size();
  }
  for (const Change& change : plan.changes) {
    if (change.kind == Kind::ended) {
      const auto found = busy_.find(*change.instance);
      release(found->second);
      busy_.erase(found);
      continue;
    }
    if (change.kind == Kind::learned && !plan.learns) continue;
    Busy& busy = busy_[*change.instance];
    busy.next = change.next;
    if (change.kind != Kind::logged) {
      release(busy);
    } else if (change.size > 0) {
      if (busy.events.empty()) {
        busy.seq = change.seq;
        busy.since = commit_;
      }
      busy.events.append(plan.row, change.at, change.size);
      busy.rows.push_back(plan.number);
      ++rows_[static_cast<std::size_t>(plan.number)].holders;
    }
  }
  removed(plan.unneeded);
  ++commit_;
}

std::vector<std::int64_t> Journal::unneeded() const {
  std::vector<std::int64_t> numbers;
  for (const std::int64_t number : free_) {
    if (rows_[static_cast<std::size_t>(number)].bytes > 0) numbers.push_back(number);
  }
  return numbers;
}

void Journal::removed(const std::vector<std::int64_t>& numbers) {
  for (const std::int64_t number : numbers) {
    unneeded_bytes_ -= rows_[static_cast<std::size_t>(number)].bytes;
    rows_[static_cast<std::size_t>(number)].bytes = 0;
  }
}

}  // namespace jackfield::store
