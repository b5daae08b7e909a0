// SPDX-License-Identifier: Apache-2.0
#include "lamina/analytical/buffer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "buffer_banks.h"

namespace lamina::analytical {
namespace {

/// Ports that serve equally many requesters.
struct port_class {
  double ports = 0;
  double requesters = 0;  ///< of each port
  double words = 0;       ///< that each port has to issue, on average
  double blocks = 0;      ///< of the port that has most
};

/// All that the terms need, in clocks and words.
class closed_form {
 public:
  closed_form(const buffer_spec& spec, const buffer_workload& workload);
  buffer_result answer() const;

 private:
  /// What holds while all ports of both classes are at work.
  struct steady {
    double heavy = 0;  ///< words a clock of each port
    double light = 0;
    double all = 0;       ///< words a clock that words in flight and banks allow
    double wait = 0;      ///< of a word at its bank, clocks
    bool shared = false;  ///< they want more than that
  };

  port_class class_of(int ports, int first, int requesters) const;
  double bank_wait(double rate, double ports) const;
  double port_rate(double open, double time) const;
  double tokens(const port_class& ports) const;
  double own_rate(const port_class& ports, double wait, bool offered) const;
  double shared_rate(double ports, double wait) const;
  steady rates(const port_class& heavy, const port_class& light, bool offered) const;
  double issue_clocks(double wait) const;
  double block_clocks(double wait) const { return issue_clocks(wait) + latency_ + wait; }
  double own_end(const port_class& ports, double rate, const steady& all) const;
  double shared_end(const steady& all, double& light_end) const;
  double first_latency(const port_class& ports, double rate, const steady& all) const;
  double block_latency(const port_class& ports, double first, double period) const;
  double last_latency(double words) const;
  buffer_demand demand() const;

  const buffer_spec& spec_;
  const buffer_workload& work_;
  int requesters_;     ///< that have blocks
  double words_;       ///< of a block
  double latency_;     ///< of a word
  double share_;       ///< of the busiest bank
  double visit_;       ///< words that a port sends to one bank in a row
  double offered_;     ///< words a clock of one requester; infinite without a rate
  double writes_ = 0;  ///< share of the blocks
  port_class heavy_, light_;
};

closed_form::closed_form(const buffer_spec& spec, const buffer_workload& workload)
    : spec_(spec),
      work_(workload),
      requesters_(static_cast<int>(std::min<std::int64_t>(workload.requesters, workload.blocks))) {
  words_ = words_of_block(spec, workload);
  for (int r = 0; r < requesters_; ++r) {
    writes_ += static_cast<double>(writes_among(workload, r, blocks_of(workload, r)));
  }
  writes_ /= static_cast<double>(workload.blocks);
  latency_ = (1 - writes_) * spec.read_latency_clocks + writes_ * spec.write_latency_clocks;
  share_ = busiest_bank_share(spec, workload);
  const double unit_words = static_cast<double>(spec.interleave() / spec.bank_bytes);
  visit_ = std::min(words_, unit_words);
  offered_ = std::numeric_limits<double>::infinity();
  if (workload.rate_bytes_per_s > 0) {
    const double blocks_per_s = workload.rate_bytes_per_s / workload.block_bytes;
    offered_ = words_ * blocks_per_s * to_seconds(spec.clock) / requesters_;
  }
  // Requester r is on port r modulo ports.
  const int low = requesters_ / spec.ports;
  const int rest = requesters_ % spec.ports;
  heavy_ = class_of(rest, 0, low + 1);
  light_ = class_of(low > 0 ? spec.ports - rest : 0, rest, low);
  if (rest == 0) std::swap(heavy_, light_);
}

port_class closed_form::class_of(int ports, int first, int requesters) const {
  port_class made;
  if (ports == 0) return made;
  made.ports = ports;
  made.requesters = requesters;
  made.words = words_ * static_cast<double>(work_.blocks) / requesters_ * requesters;
  for (int r = first; r < requesters_; r += spec_.ports) {
    made.blocks += static_cast<double>(blocks_of(work_, r));
  }
  return made;
}

/// Clocks from the first to the last issue of a block that has all words in flight to itself: they
/// go out in rounds of as many as can be in flight. Blocks of a fractional mean length are that
/// share of the longer and the shorter ones.
double closed_form::issue_clocks(double wait) const {
  const double n = spec_.in_flight;
  const double read = std::max(n, spec_.read_latency_clocks + wait);
  const double write = std::max(n, spec_.write_latency_clocks + wait);
  const double round = (1 - writes_) * read + writes_ * write;
  const auto clocks = [&](double words) {
    const double rounds = std::floor((words - 1) / n);
    return rounds * round + (words - 1 - rounds * n);
  };
  const double shorter = std::floor(words_);
  const double longer = words_ - shorter;
  return (1 - longer) * clocks(shorter) + longer * clocks(shorter + 1);
}

/// Words a clock of all ports that words in flight allow (Little). Blocks longer than a port's
/// share of those words are all read or all written while they last: of p ports k write, the clocks
/// of a word are max(1 / p, (mean latency with that k + wait) / in_flight), and their mean over the
/// binomially distributed k counts, not that of the mean latency. Of shorter blocks several share
/// the words of a port and come back at random.
double closed_form::shared_rate(double ports, double wait) const {
  const double n = spec_.in_flight;
  constexpr double many = 32;
  if (writes_ <= 0 || writes_ >= 1 || ports > many) return n / (latency_ + wait);
  if (words_ * ports < n) {
    const double open = n / ports / words_;
    const double rate = port_rate(open, latency_ + wait);
    return rate < 1 ? rate * ports : n / (latency_ + wait);
  }
  const int p = static_cast<int>(ports);
  const double read = spec_.read_latency_clocks;
  const double step = (spec_.write_latency_clocks - read) / p;
  double chance = std::pow(1 - writes_, p);
  double clocks = 0;
  for (int k = 0; k <= p; ++k) {
    clocks += chance * std::max(1 / ports, (read + step * k + wait) / n);
    chance *= (p - k) * writes_ / ((k + 1) * (1 - writes_));
  }
  return 1 / clocks;
}

/// Random visits to banks: in each clock A words come to a bank, which serves one. Such a queue
/// holds E[A(A-1)] / (2 (1 - load)) waiting words. Of X words a clock in all, each to a random one
/// of the banks, E[A(A-1)] = E[X(X-1)] / banks^2, so that a word waits E[X(X-1)] / (2 X (banks -
/// X)) clocks: with an X that does not vary, the law of Baskett and Smith for interleaved memories.
/// A closed loop makes X steady: words that collide come back apart from each other. A visit of v
/// words is one customer whose service takes v clocks, so that its words wait v times as long, as
/// far as words in flight let so many queue.
double closed_form::bank_wait(double rate, double ports) const {
  if (ports <= 1 || rate <= 0) return 0;
  const double room = std::max(1 / share_ - rate, 1e-9);
  const double whole = std::floor(rate);
  const double pairs = whole * (whole - 1) + 2 * whole * (rate - whole);
  const double in_flight = std::min<double>(spec_.in_flight, ports * spec_.depth * words_);
  const double queued = (in_flight - rate * latency_) / ports;
  return std::clamp(queued, 1.0, visit_) * pairs / (2 * rate * room);
}

/// Blocks of a port that can be open.
double closed_form::tokens(const port_class& p) const {
  return std::min<double>(spec_.depth, p.requesters * work_.in_flight);
}

/// Words a clock of a port whose `open` blocks take `time` clocks each when they find it idle.
/// Blocks that all take the same time come back one after the other. One of the rarer direction
/// comes back out of turn, and meets others: as any two change places when their directions differ,
/// a share s = 2 min(reads, writes) of the blocks does, less when the latencies differ by less than
/// the port works on a block. Such a block finds one of the others at the port with probability
/// (1 - 1/open) x and waits half its words, and displaces others in turn (s x of them, and so on):
/// x (time + s words (1 - 1/open) x / (2 (1 - s x))) = open words, a quadratic equation.
double closed_form::port_rate(double open, double time) const {
  const double words = open * words_;
  const double apart = std::abs(spec_.read_latency_clocks - spec_.write_latency_clocks);
  const double share = 2 * std::min(writes_, 1 - writes_) * std::min(1.0, apart / words_);
  const double wait = share * words_ * std::max(0.0, 1 - 1 / open) / 2;
  const double square = wait - share * time;
  const double linear = time + share * words;
  const double root = std::sqrt(std::max(0.0, linear * linear + 4 * square * words));
  return std::min(1.0, 2 * words / (linear + root));
}

/// Words a clock that a port can issue by itself: one, or by Little's law its open blocks over
/// the time of a block, or what its requesters offer.
double closed_form::own_rate(const port_class& p, double wait, bool offered) const {
  if (p.ports <= 0) return 0;
  const double most = offered ? std::min(1.0, p.requesters * offered_) : 1.0;
  return std::min(most, port_rate(tokens(p), block_clocks(wait)));
}

closed_form::steady closed_form::rates(const port_class& heavy, const port_class& light,
                                       bool offered) const {
  const double ports = heavy.ports + light.ports;
  const double banks = 1 / share_;
  steady out;
  const auto at = [&](double rate) {
    const double at_random = bank_wait(rate, ports);
    out.wait = work_.pattern == access_pattern::random ? at_random : 0;
    out.all = std::min(shared_rate(ports, at_random), banks);
    out.heavy = own_rate(heavy, out.wait, offered);
    out.light = own_rate(light, out.wait, offered);
    const double wanted = heavy.ports * out.heavy + light.ports * out.light;
    out.shared = wanted > out.all * (1 + 1e-9);
    if (!out.shared) return wanted;
    out.wait = at_random;
    // The ports take turns: what some do not want, others get.
    const bool light_is_less = out.light <= out.heavy;
    double& less = light_is_less ? out.light : out.heavy;
    double& more = light_is_less ? out.heavy : out.light;
    const double ports_of_less = light_is_less ? light.ports : heavy.ports;
    less = std::min(less, out.all / ports);
    const double ports_of_more = ports - ports_of_less;
    if (ports_of_more > 0) {
      more = std::min(more, (out.all - ports_of_less * less) / ports_of_more);
    }
    return out.all;
  };
  // The more words a clock, the longer the wait, the fewer words: one crossing.
  double low = 0;
  double high = std::min(ports, banks);
  if (at(high) < high) {
    for (int i = 0; i < 30; ++i) {
      const double middle = 0.5 * (low + high);
      (at(middle) >= middle ? low : high) = middle;
    }
    at(low);
  }
  // However busy the banks are, no more words wait than there can be (Little).
  const double rate = heavy.ports * out.heavy + light.ports * out.light;
  const double words = heavy.ports * tokens(heavy) + light.ports * tokens(light);
  const double half = 0.5 * words_ * static_cast<double>(work_.blocks);
  const double in_flight = std::min({1.0 * spec_.in_flight, words * words_, half});
  out.wait = std::min(out.wait, std::max(0.0, in_flight / rate - latency_));
  return out;
}

/// When the last block of a port is complete that nothing hinders but itself. Blocks come in rounds
/// of as many as can be open, one behind the other; the next round begins when the first is back.
double closed_form::own_end(const port_class& p, double rate, const steady& s) const {
  const double block = block_clocks(s.wait);
  const double round = tokens(p);
  const double before = p.blocks - 1;
  if (round * words_ >= block) return before * words_ + block;
  const double rounds = std::floor(before / round);
  const double in_rounds = rounds * block + (before - rounds * round) * words_ + block;
  return std::max(in_rounds, before * words_ / rate + block);
}

/// When the last word is complete that has to share words in flight or banks with those of other
/// ports: first all ports at work, then those with more requesters alone. Few words come in rounds
/// of as many as can be in flight.
double closed_form::shared_end(const steady& s, double& light_end) const {
  const double end = light_.ports > 0 ? light_.words / s.light : 0;
  light_end = end;
  const double left = heavy_.ports > 0 ? heavy_.words - s.heavy * end : 0;
  if (left > 1e-6) {
    const double after = light_.ports > 0 ? left / rates(heavy_, {}, false).heavy : left / s.heavy;
    return end + after - 1 / s.all + latency_;
  }
  const double most = heavy_.ports > 0 ? std::max(end, heavy_.words / s.heavy) : end;
  return most - 1 / s.all + latency_;
}

/// Latency of a block that finds its port idle: where all want to issue, at the port's share.
double closed_form::first_latency(const port_class& p, double rate, const steady& s) const {
  const bool offered = rate >= p.requesters * offered_ * (1 - 1e-9);
  const double alone = block_clocks(s.wait);
  if (offered || !s.shared) return alone;
  return std::max(alone, (words_ - 1) / rate + latency_ + s.wait);
}

/// Mean over the blocks of a port. They come `spacing` apart, or at once, and leave `period` apart:
/// each waits longer than the one before, until all places in flight are taken and a block comes
/// when one leaves.
double closed_form::block_latency(const port_class& p, double first, double period) const {
  const double spacing = words_ / (p.requesters * offered_);
  const double growth = period - spacing;
  const double most = std::max(first, p.requesters * work_.in_flight * period);
  const double blocks = p.words / words_;
  if (growth <= 1e-9 * period) return first;
  const double ramp = std::min(blocks, std::floor((most - first) / growth) + 1);
  return (ramp * (first + 0.5 * (ramp - 1) * growth) + (blocks - ramp) * most) / blocks;
}

/// Of the last of so many words, which end about the same time: the longer latency, unless all
/// happen to have the shorter one.
double closed_form::last_latency(double words) const {
  const double read = spec_.read_latency_clocks;
  const double write = spec_.write_latency_clocks;
  const double shorter = read < write ? 1 - writes_ : writes_;
  const double all_short = std::pow(shorter, words);
  return all_short * std::min(read, write) + (1 - all_short) * std::max(read, write);
}

buffer_demand closed_form::demand() const {
  const double clock_s = to_seconds(spec_.clock);
  const auto blocks = static_cast<double>(work_.blocks);
  const double unloaded = block_clocks(0);
  const double most = std::max(heavy_.blocks, light_.blocks);
  buffer_demand d{};
  const auto set = [&](buffer_limit which, double clocks) {
    d[static_cast<std::size_t>(which)] = clocks * clock_s;
  };
  if (work_.rate_bytes_per_s > 0) {
    set(buffer_limit::offered_rate,
        (blocks - 1) * work_.block_bytes / work_.rate_bytes_per_s / clock_s);
  }
  set(buffer_limit::requests, std::ceil(blocks / requesters_) * unloaded / work_.in_flight);
  set(buffer_limit::depth, most * unloaded / spec_.depth);
  set(buffer_limit::in_flight, blocks * words_ * latency_ / spec_.in_flight);
  set(buffer_limit::port, most * words_);
  set(buffer_limit::bank, blocks * words_ * share_);
  return d;
}

buffer_result closed_form::answer() const {
  const steady s = rates(heavy_, light_, true);
  const double clock_s = to_seconds(spec_.clock);
  const buffer_demand needed = demand();
  double heavy_end = heavy_.ports > 0 ? own_end(heavy_, s.heavy, s) : 0;
  double light_end = light_.ports > 0 ? own_end(light_, s.light, s) : 0;
  if (s.shared) heavy_end = shared_end(s, light_end);
  double clocks = std::max(heavy_end, light_end) +
                  last_latency(heavy_.ports > 0 ? heavy_.ports : light_.ports) - latency_;
  double latency = 0;
  const auto add_class = [&](const port_class& p, double rate, double end) {
    if (p.ports <= 0) return;
    const double first = first_latency(p, rate, s);
    const double blocks = p.words / words_;
    const double period = s.shared ? end / blocks : words_ / rate;
    latency += p.ports * blocks * block_latency(p, first, period);
  };
  add_class(heavy_, s.heavy, heavy_end);
  add_class(light_, s.light, light_end);
  latency /= static_cast<double>(work_.blocks);
  if (work_.rate_bytes_per_s > 0) {
    // The last block to come, or one before it with a longer latency.
    const double offer = needed[static_cast<std::size_t>(buffer_limit::offered_rate)] / clock_s;
    const double apart = std::abs(spec_.read_latency_clocks - spec_.write_latency_clocks);
    const double recent = 1 + apart / (words_ / (offered_ * requesters_));
    clocks = std::max(clocks, offer + block_clocks(s.wait) + last_latency(recent) - latency_);
  }

  buffer_result result;
  result.elapsed = femtoseconds{std::llround(clocks * static_cast<double>(spec_.clock.count()))};
  const double bytes = static_cast<double>(work_.blocks) * work_.block_bytes;
  result.read_bytes = static_cast<std::uint64_t>(std::llround(bytes * (1 - writes_)));
  result.write_bytes = static_cast<std::uint64_t>(std::llround(bytes)) - result.read_bytes;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  result.latency = {latency * clock_s, nan, nan, nan};
  const double words = static_cast<double>(work_.blocks) * words_;
  result.counts.reads = words * (1 - writes_);
  result.counts.writes = words - result.counts.reads;
  result.counts.conflict_clocks = words * s.wait;
  name_limits(needed, result);
  add_energy(spec_, result);
  return result;
}

}  // namespace

buffer_result estimate(const buffer_spec& spec, const buffer_workload& workload) {
  return closed_form(spec, workload).answer();
}

buffer::buffer(const buffer_spec& spec) : spec_(spec) {
  const auto problems = check(spec);
  if (!problems.empty()) {
    throw std::invalid_argument(problems.front().path + ": " + problems.front().message);
  }
}

buffer_result buffer::move(const buffer_workload& workload) {
  const auto problems = check(workload, spec_);
  if (!problems.empty()) {
    throw std::invalid_argument(problems.front().path + ": " + problems.front().message);
  }
  return estimate(spec_, workload);
}

}  // namespace lamina::analytical
