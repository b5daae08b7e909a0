// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/flit_injection.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "flit_engine.h"

namespace lamina::sysc {

namespace {

/// Waiting packets at each endpoint, beyond which a load is unstable whatever comes.
constexpr std::int64_t most_waiting = 2000;
constexpr double growth_of_unstable = 0.02;

/// Bernoulli arrivals at all endpoints: the distance between arrivals, counted over endpoints and
/// then clocks, is geometric.
class arrivals {
 public:
  arrivals(int endpoints, double probability, flit_random& random)
      : endpoints_(endpoints), probability_(probability), random_(random) {
    skip();
  }
  std::int64_t clock() const { return next_ / endpoints_; }
  int endpoint() const { return static_cast<int>(next_ % endpoints_); }
  void pass() {
    ++next_;
    skip();
  }

 private:
  void skip() { next_ += random_.failures_before(probability_); }

  std::int64_t endpoints_;
  double probability_;
  flit_random& random_;
  std::int64_t next_ = 0;
};

struct backlog {
  std::int64_t flits = 0;
  std::int64_t delivered = 0;
};

class injection_run {
 public:
  injection_run(const network_level& level, const injection_workload& workload)
      : workload_(workload),
        engine_(level, workload.seed),
        random_(workload.seed ^ 0x5bd1e995u),
        next_(engine_.topology().endpoints(),
              workload.flits_per_endpoint_clock / workload.packet_flits, random_),
        first_(workload.warm_up_clocks),
        end_(workload.warm_up_clocks + workload.measured_clocks) {}

  injection_result run() {
    advance_to(first_);
    const backlog before{engine_.flits_in_flight(), engine_.flits_delivered()};
    advance_to(end_);
    const backlog after{engine_.flits_in_flight(), engine_.flits_delivered()};
    while (!overfull_ && measured_ < made_) advance_to(engine_.now() + 64);
    return result_of(before, after);
  }

 private:
  void advance_to(std::int64_t clock) {
    const std::int64_t most = most_waiting * engine_.topology().endpoints();
    while (engine_.now() < clock && !overfull_) {
      if (engine_.idle()) engine_.jump_to(std::min(clock, next_.clock()));
      if (engine_.now() >= clock) break;
      inject();
      engine_.step();
      for (const flit_delivery& item : engine_.delivered()) note(item);
      overfull_ = engine_.packets_in_flight() > most;
    }
  }
  void inject() {
    const std::int64_t now = engine_.now();
    for (; next_.clock() <= now; next_.pass()) {
      const int source = next_.endpoint();
      const int destination = engine_.topology().destination(workload_.pattern, source, random_);
      engine_.send(source, destination, workload_.packet_flits);
      if (now >= first_ && now < end_) ++made_;
    }
  }
  void note(const flit_delivery& item) {
    if (item.created < first_ || item.created >= end_) return;
    ++measured_;
    latency_ += item.delivered - item.created;
    hops_ += item.hops;
  }
  injection_result result_of(const backlog& before, const backlog& after) const {
    injection_result result;
    result.saturation_flits_per_endpoint_clock = std::numeric_limits<double>::quiet_NaN();
    const auto measured = static_cast<double>(std::max<std::int64_t>(1, measured_));
    result.mean_hops = static_cast<double>(hops_) / measured;
    result.accepted_flits_per_endpoint_clock =
        static_cast<double>(after.delivered - before.delivered) /
        (static_cast<double>(workload_.measured_clocks) * engine_.topology().endpoints());
    const double made = static_cast<double>(made_) * workload_.packet_flits;
    result.stable =
        !overfull_ && static_cast<double>(after.flits - before.flits) <= growth_of_unstable * made;
    result.mean_latency_clocks = result.stable ? static_cast<double>(latency_) / measured
                                               : std::numeric_limits<double>::infinity();
    return result;
  }

  const injection_workload& workload_;
  flit_engine engine_;
  flit_random random_;
  arrivals next_;
  std::int64_t first_;
  std::int64_t end_;
  std::int64_t made_ = 0;
  std::int64_t measured_ = 0;
  std::int64_t latency_ = 0;
  std::int64_t hops_ = 0;
  bool overfull_ = false;
};

void check(const injection_workload& workload) {
  if (workload.packet_flits < 1 || workload.warm_up_clocks < 0 || workload.measured_clocks < 1)
    throw std::invalid_argument("injection needs packets of a flit or more and clocks to measure");
  if (!(workload.flits_per_endpoint_clock > 0) ||
      workload.flits_per_endpoint_clock > workload.packet_flits)
    throw std::invalid_argument(
        "injection needs a load above 0 and at most one packet an endpoint and clock");
}

}  // namespace

injection_result simulate_injection(const network_level& level,
                                    const injection_workload& workload) {
  check(workload);
  return injection_run(level, workload).run();
}

double saturation_load(const network_level& level, const injection_workload& workload,
                       double precision) {
  injection_workload trial = workload;
  double stable = 0;
  double unstable = 1;  // an endpoint injects a flit a clock
  trial.flits_per_endpoint_clock = unstable;
  check(trial);
  while (unstable - stable > precision * unstable) {
    trial.flits_per_endpoint_clock = (stable + unstable) / 2;
    (injection_run(level, trial).run().stable ? stable : unstable) = trial.flits_per_endpoint_clock;
    if (unstable < 1e-6) break;
  }
  return stable;
}

}  // namespace lamina::sysc
