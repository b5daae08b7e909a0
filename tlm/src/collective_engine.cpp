// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/collective_engine.h"

#include <utility>

namespace lamina::sysc {

namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

// A tag holds the sender's round and both ranks.
constexpr int rank_bits = 21;
constexpr std::int64_t rank_mask = (std::int64_t{1} << rank_bits) - 1;

std::int64_t tag_of(std::int64_t round, int from, int to) {
  return (round << (2 * rank_bits)) | (std::int64_t{from} << rank_bits) | to;
}

}  // namespace

collective_engine::collective_engine(collective_schedule schedule, sender send)
    : ranks_(schedule.ranks), send_(std::move(send)) {
  std::vector<rank_message> messages;
  for (const collective_step& step : schedule.steps) {
    step_plan plan;
    plan.first_round = rounds_;
    plan.times = step.times;
    rounds_ += step.times;
    messages.clear();
    messages_of(schedule, step, messages);
    plan.first_send.assign(at(ranks_) + 1, 0);
    plan.due.assign(at(ranks_), 0);
    for (const rank_message& m : messages) {
      ++plan.first_send[at(m.from) + 1];
      ++plan.due[at(m.to)];
    }
    for (int rank = 0; rank < ranks_; ++rank) {
      plan.first_send[at(rank) + 1] += plan.first_send[at(rank)];
    }
    plan.sends.resize(messages.size());
    std::vector<int> next(plan.first_send.begin(), plan.first_send.end() - 1);
    for (const rank_message& m : messages) {
      plan.sends[at(next[at(m.from)]++)] = {m.to, m.bytes};
    }
    plans_.push_back(std::move(plan));
  }
  states_.resize(at(ranks_));
  came_.assign(at(ranks_) * static_cast<std::size_t>(rounds_), 0);
  ranks_left_ = ranks_;
}

void collective_engine::start(femtoseconds now) {
  finished_ = now;
  for (int rank = 0; rank < ranks_; ++rank) {
    begin_round(rank, now);
    proceed(rank, now);
  }
}

/// Sends what this rank has to send in its round.
void collective_engine::begin_round(int rank, femtoseconds) {
  rank_state& state = states_[at(rank)];
  if (state.round == rounds_) return;
  const step_plan& plan = plans_[at(state.step)];
  const int first = plan.first_send[at(rank)];
  const int end = plan.first_send[at(rank) + 1];
  state.unsent = end - first;
  for (int i = first; i < end; ++i) {
    const outgoing& message = plan.sends[at(i)];
    send_(rank, message.to, message.bytes, tag_of(state.round, rank, message.to));
  }
}

/// Goes on to the next rounds for as long as the present one is complete.
void collective_engine::proceed(int rank, femtoseconds now) {
  rank_state& state = states_[at(rank)];
  while (state.round < rounds_) {
    const step_plan& plan = plans_[at(state.step)];
    if (state.unsent > 0 || came(rank, state.round) < plan.due[at(rank)]) return;
    ++state.round;
    if (state.round == plan.first_round + plan.times) ++state.step;
    begin_round(rank, now);
  }
  if (state.done) return;
  state.done = true;
  if (now > finished_) finished_ = now;
  --ranks_left_;
}

void collective_engine::arrived(std::int64_t tag, femtoseconds now) {
  const int to = static_cast<int>(tag & rank_mask);
  ++came(to, tag >> (2 * rank_bits));
  proceed(to, now);
}

void collective_engine::sent(std::int64_t tag, femtoseconds now) {
  const int from = static_cast<int>((tag >> rank_bits) & rank_mask);
  --states_[at(from)].unsent;
  proceed(from, now);
}

}  // namespace lamina::sysc
