// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/collective_engine.h"

#include <utility>

namespace lamina::sysc {

namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

int& slot(std::vector<int>& early, std::int64_t round) {
  return early[static_cast<std::size_t>(round) & (early.size() - 1)];
}

}  // namespace

collective_engine::collective_engine(const collective_schedule& schedule, sender send)
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
  ranks_left_ = ranks_;
}

void collective_engine::start(femtoseconds now) {
  finished_ = now;
  for (int rank = 0; rank < ranks_; ++rank) {
    begin_round(rank);
    proceed(rank, now);
  }
}

/// Sends what this rank has to send in its round.
void collective_engine::begin_round(int rank) {
  rank_state& state = states_[at(rank)];
  if (state.round == rounds_) return;
  const step_plan& plan = plans_[at(state.step)];
  const int first = plan.first_send[at(rank)];
  const int end = plan.first_send[at(rank) + 1];
  state.unsent = end - first;
  for (int i = first; i < end; ++i) {
    send_(rank, plan.sends[at(i)].to, plan.sends[at(i)].bytes, state.round);
  }
}

/// Goes on to the next rounds for as long as the present one is complete.
void collective_engine::proceed(int rank, femtoseconds now) {
  rank_state& state = states_[at(rank)];
  while (state.round < rounds_) {
    const step_plan& plan = plans_[at(state.step)];
    if (state.unsent > 0 || state.came < plan.due[at(rank)]) return;
    ++state.round;
    state.came = 0;
    if (!state.early.empty()) std::swap(state.came, slot(state.early, state.round));
    if (state.round == plan.first_round + plan.times) ++state.step;
    begin_round(rank);
  }
  if (state.done) return;
  state.done = true;
  if (now > finished_) finished_ = now;
  --ranks_left_;
}

void collective_engine::arrived(int to, std::int64_t round, femtoseconds now) {
  rank_state& state = states_[at(to)];
  if (round == state.round) {
    ++state.came;
    proceed(to, now);
    return;
  }
  // Senders may be some rounds ahead; what they have sent is counted in a window of rounds.
  const std::int64_t ahead = round - state.round;
  if (ahead > static_cast<std::int64_t>(state.early.size())) {
    std::size_t room = 2;
    while (static_cast<std::int64_t>(room) < ahead) room *= 2;
    std::vector<int> larger(room, 0);
    for (std::size_t i = 1; i <= state.early.size(); ++i) {
      const std::int64_t kept = state.round + static_cast<std::int64_t>(i);
      slot(larger, kept) = slot(state.early, kept);
    }
    state.early = std::move(larger);
  }
  ++slot(state.early, round);
}

void collective_engine::sent(int from, femtoseconds now) {
  --states_[at(from)].unsent;
  proceed(from, now);
}

}  // namespace lamina::sysc
