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
  double words = 0;       ///< that each port has to issue
};

/// All that the terms need, in clocks and words.
class closed_form {
 public:
  closed_form(const buffer_spec& spec, const buffer_workload& workload);
  buffer_result answer() const;

 private:
  struct steady {
    double heavy = 0;  ///< words a clock of each port
    double light = 0;
    double wait = 0;   ///< of a word at its bank, clocks
    double share = 1;  ///< words a clock that a port may issue when all want to
  };

  double bank_wait(double rate, double ports) const;
  double own_rate(const port_class& ports, double wait) const;
  steady rates(const port_class& heavy, const port_class& light) const;
  double block_clocks(double wait) const { return words_ - 1 + latency_ + wait; }
  double shared_rate(double ports, double wait) const;
  double block_latency(const port_class& ports, double first, double period) const;
  buffer_demand demand() const;

  const buffer_spec& spec_;
  const buffer_workload& work_;
  double words_;       ///< of a block
  double latency_;     ///< of a word
  double share_;       ///< of the busiest bank
  double visit_;       ///< words that a port sends to one bank in a row
  double offered_;     ///< words a clock of one requester; infinite without a rate
  double blocks_;      ///< of a requester that has most
  double writes_ = 0;  ///< share of the blocks
  port_class heavy_, light_;
};

closed_form::closed_form(const buffer_spec& spec, const buffer_workload& workload)
    : spec_(spec), work_(workload) {
  words_ = words_of_block(spec, workload);
  // Requester r is on port r modulo ports; those without blocks do not count.
  const auto requesters =
      static_cast<int>(std::min<std::int64_t>(workload.requesters, workload.blocks));
  for (int r = 0; r < requesters; ++r) {
    writes_ += static_cast<double>(writes_among(workload, r, blocks_of(workload, r)));
  }
  writes_ /= static_cast<double>(workload.blocks);
  latency_ = (1 - writes_) * spec.read_latency_clocks + writes_ * spec.write_latency_clocks;
  share_ = busiest_bank_share(spec, workload);
  const double unit_words = static_cast<double>(spec.interleave() / spec.bank_bytes);
  visit_ = workload.pattern == access_pattern::random ? std::min(words_, unit_words) : 0;
  offered_ = std::numeric_limits<double>::infinity();
  if (workload.rate_bytes_per_s > 0) {
    const double blocks_per_s = workload.rate_bytes_per_s / workload.block_bytes;
    offered_ = words_ * blocks_per_s * to_seconds(spec.clock) / workload.requesters;
  }
  const int low = requesters / spec.ports;
  const int rest = requesters % spec.ports;
  const double words = words_ * static_cast<double>(workload.blocks) / requesters;
  heavy_ = {static_cast<double>(rest), low + 1.0, words * (low + 1)};
  light_ = {static_cast<double>(low > 0 ? spec.ports - rest : 0), static_cast<double>(low),
            words * low};
  if (rest == 0) std::swap(heavy_, light_);
  blocks_ = std::ceil(static_cast<double>(workload.blocks) / requesters);
}

/// Words a clock of all ports that words in flight allow (Little). Blocks longer than a port's
/// share of those words are all read or all written while they last: with m blocks in flight of
/// which k write, the clocks of a word are max(1 / ports, (mean latency of that k + wait) /
/// in_flight), and their mean over the binomially distributed k counts, not that of the mean
/// latency.
double closed_form::shared_rate(double ports, double wait) const {
  const double n = spec_.in_flight;
  const double mixed = n / (latency_ + wait);
  const double together = std::max(ports, n / words_);
  constexpr double many = 32;
  if (writes_ <= 0 || writes_ >= 1 || together > many) return mixed;
  const int m = static_cast<int>(std::ceil(together));
  const double read = spec_.read_latency_clocks;
  const double step = (spec_.write_latency_clocks - read) / m;
  double chance = std::pow(1 - writes_, m);
  double clocks = 0;
  for (int k = 0; k <= m; ++k) {
    clocks += chance * std::max(1 / ports, (read + step * k + wait) / n);
    chance *= (m - k) * writes_ / ((k + 1) * (1 - writes_));
  }
  return 1 / clocks;
}

/// Random visits to banks: in each clock a bank is sent A words, binomially distributed among the
/// ports. A queue that serves one a clock holds E[A(A-1)] / (2 (1 - load)) waiting words. With
/// E[A(A-1)] = (1 - 1/ports) load^2 that is a wait of (1 - 1/ports) rate / (2 (banks - rate)), the
/// law of Baskett and Smith for interleaved memories. A visit of v words is one customer whose
/// service takes v clocks, so that all its words wait v times as long.
double closed_form::bank_wait(double rate, double ports) const {
  if (visit_ <= 0 || ports <= 1) return 0;
  const double room = std::max(spec_.banks - rate, 1e-9);
  return visit_ * (1 - 1 / ports) * rate / (2 * room);
}

/// Words a clock that a port can issue by itself: one, or by Little's law its open blocks over
/// the time of a block, or what its requesters offer and keep in flight.
double closed_form::own_rate(const port_class& p, double wait) const {
  const double tokens = std::min<double>(spec_.depth, p.requesters * work_.in_flight);
  return std::min({1.0, tokens * words_ / block_clocks(wait), p.requesters * offered_});
}

closed_form::steady closed_form::rates(const port_class& heavy, const port_class& light) const {
  const double ports = heavy.ports + light.ports;
  const double banks = 1 / share_;
  steady out;
  const auto at = [&](double rate) {
    out.wait = bank_wait(rate, ports);
    const double all = std::min(shared_rate(ports, out.wait), banks);
    out.share = std::min(1.0, all / ports);
    out.heavy = own_rate(heavy, out.wait);
    out.light = own_rate(light, out.wait);
    const double wanted = heavy.ports * out.heavy + light.ports * out.light;
    if (wanted <= all) return wanted;
    // The ports take turns: what some do not want, others get.
    double& small = out.light <= out.heavy ? out.light : out.heavy;
    double& large = out.light <= out.heavy ? out.heavy : out.light;
    const double small_ports = out.light <= out.heavy ? light.ports : heavy.ports;
    small = std::min(small, all / ports);
    const double large_ports = ports - small_ports;
    if (large_ports > 0) large = std::min(large, (all - small_ports * small) / large_ports);
    return all;
  };
  // The more words a clock, the longer the wait, the fewer words: one crossing.
  double low = 0;
  double high = std::min(ports, banks);
  if (at(high) >= high) return out;
  for (int i = 0; i < 30; ++i) {
    const double middle = 0.5 * (low + high);
    (at(middle) >= middle ? low : high) = middle;
  }
  at(low);
  return out;
}

buffer_demand closed_form::demand() const {
  const double clock_s = to_seconds(spec_.clock);
  const auto blocks = static_cast<double>(work_.blocks);
  const double unloaded = block_clocks(0);
  const double port_words = std::max(heavy_.ports > 0 ? heavy_.words : 0, light_.words);
  buffer_demand d{};
  const auto set = [&](buffer_limit which, double clocks) {
    d[static_cast<std::size_t>(which)] = clocks * clock_s;
  };
  if (work_.rate_bytes_per_s > 0) {
    set(buffer_limit::offered_rate,
        (blocks - 1) * work_.block_bytes / work_.rate_bytes_per_s / clock_s);
  }
  set(buffer_limit::requests, blocks_ * unloaded / work_.in_flight);
  set(buffer_limit::depth, port_words / words_ * unloaded / spec_.depth);
  set(buffer_limit::in_flight, blocks * words_ * latency_ / spec_.in_flight);
  set(buffer_limit::port, port_words);
  set(buffer_limit::bank, blocks * words_ * share_);
  return d;
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

buffer_result closed_form::answer() const {
  const steady both = rates(heavy_, light_);
  const double heavy_ports = heavy_.ports;
  double busy = 0;  // clocks until the last word but those of the first block
  double rate = 0;
  const double light_ends = light_.ports > 0 ? light_.words / both.light : 0;
  double wait = both.wait;
  if (heavy_ports > 0) {
    rate = both.heavy;
    busy = heavy_.words / both.heavy;
    if (light_.ports > 0 && busy > light_ends) {
      const steady alone = rates(heavy_, {});
      busy = light_ends + (heavy_.words - both.heavy * light_ends) / alone.heavy;
    }
    busy = std::max(busy, light_ends);
  } else {
    rate = both.light;
    busy = light_ends;
  }
  const port_class& p = heavy_ports > 0 ? heavy_ : light_;
  const double period = words_ / rate;  // of a port's blocks
  const double first = (words_ - 1) / both.share + latency_ + wait;
  double clocks = busy - period + first;
  const double clock_s = to_seconds(spec_.clock);
  const buffer_demand needed = demand();
  clocks = std::max(clocks, needed[0] / clock_s + first);

  const double latency = block_latency(p, first, period);
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
  result.counts.conflict_clocks = words * wait;
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
