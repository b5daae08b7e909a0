// SPDX-License-Identifier: Apache-2.0
#include "lamina/analytical/memory_pipeline.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "lamina/analytical/buffer.h"
#include "lamina/analytical/dram_stack.h"
#include "routed_step.h"

namespace lamina::analytical {

namespace {

constexpr double no_limit = std::numeric_limits<double>::infinity();

/// Sums over all streams.
struct asked {
  double bytes = 0;
  double in_flight_bytes = 0;
  double offered_bytes_per_s = 0;  ///< infinity: some stream has no rate
  double mean_request = 0;
};

asked sum_of(const memory_workload& workload) {
  asked out;
  double requests = 0;
  for (const access_stream& s : workload.streams) {
    const auto count = static_cast<double>(s.requests());
    double bytes = count * s.request_bytes;
    if (s.pattern == access_pattern::trace) {
      bytes = 0;
      for (const trace_entry& entry : s.trace) bytes += entry.bytes;
    }
    requests += count;
    out.bytes += bytes;
    if (count > 0) out.in_flight_bytes += std::min<double>(s.in_flight, count) * bytes / count;
    out.offered_bytes_per_s += s.rate_bytes_per_s > 0 ? s.rate_bytes_per_s : no_limit;
  }
  if (requests > 0) out.mean_request = out.bytes / requests;
  return out;
}

/// Time of one message alone on the network.
double alone_fs(const network_graph& graph, const link_classes& links, int from, int to,
                std::uint64_t bytes) {
  routed_step step(graph, links);
  step.add(from, to, bytes);
  step.finish();
  std::vector<message_end> ends;
  step.times({}, ends);
  return ends.empty() ? 0 : ends.front().arrived_fs;
}

/// Words of the busiest port over those of an even share of blocks of the mean size: each stream
/// stays on its port, and the end of a request takes a whole word.
double port_excess(const buffer_spec& spec, const memory_workload& workload, const asked& all) {
  const auto ports = static_cast<std::size_t>(spec.ports);
  const auto words_of = [&spec](double bytes) { return std::ceil(bytes / spec.bank_bytes); };
  std::vector<double> words(std::min(ports, std::max<std::size_t>(1, workload.streams.size())), 0);
  double requests = 0;
  for (std::size_t i = 0; i < workload.streams.size(); ++i) {
    const access_stream& s = workload.streams[i];
    const auto count = static_cast<double>(s.requests());
    requests += count;
    if (s.pattern != access_pattern::trace) {
      words[i % words.size()] += count * words_of(s.request_bytes);
      continue;
    }
    for (const trace_entry& entry : s.trace) words[i % words.size()] += words_of(entry.bytes);
  }
  const double even = requests * words_of(all.mean_request) / static_cast<double>(words.size());
  return even > 0 ? *std::max_element(words.begin(), words.end()) / even : 1;
}

}  // namespace

stage_answer network_alone(const memory_pipeline_spec& spec, const memory_workload& workload) {
  const network_graph graph(spec.network->interconnect);
  const link_classes links(graph);
  const std::vector<int>& memories = spec.network->memories;
  std::vector<double> busy_fs(graph.edges().size(), 0);
  double latency_fs = 0;
  double weight = 0;
  const asked all = sum_of(workload);
  for (std::size_t i = 0; i < workload.streams.size(); ++i) {
    const access_stream& s = workload.streams[i];
    if (s.requests() == 0) continue;
    const int from = spec.endpoint_of_stream(i);
    const auto message = static_cast<std::uint64_t>(spec.network->request_bytes);
    const std::uint64_t data = s.request_bytes;
    const double share = static_cast<double>(s.requests()) / static_cast<double>(memories.size());
    for (const int to : memories) {
      for (const bool write : {false, true}) {
        const double part = write ? 1 - s.read_fraction : s.read_fraction;
        if (part <= 0) continue;
        const std::uint64_t there = write ? message + data : message;
        const std::uint64_t back = write ? message : data;
        routed_step both(graph, links);
        both.add(from, to, there);
        both.add(to, from, back);
        both.finish();
        for (std::size_t e = 0; e < busy_fs.size(); ++e) {
          busy_fs[e] += share * part * both.load_fs()[e];
        }
        latency_fs +=
            share * part *
            (alone_fs(graph, links, from, to, there) + alone_fs(graph, links, to, from, back));
        weight += share * part;
      }
    }
  }
  stage_answer out{no_limit, femtoseconds{0}};
  const double busiest = busy_fs.empty() ? 0 : *std::max_element(busy_fs.begin(), busy_fs.end());
  if (busiest > 0) out.bytes_per_s = all.bytes / (busiest * 1e-15);
  if (weight > 0) out.latency = femtoseconds{std::llround(latency_fs / weight)};
  return out;
}

stage_answer buffer_alone(const memory_pipeline_spec& spec, const memory_workload& workload) {
  const asked all = sum_of(workload);
  buffer_workload moves;
  moves.block_bytes = static_cast<std::uint32_t>(std::max(1.0, all.mean_request));
  moves.requesters = std::max<int>(1, static_cast<int>(workload.streams.size()));
  moves.blocks = 2 * std::max<std::int64_t>(1000, 64 * moves.requesters);
  moves.read_fraction = 0.5;  // in once, out once
  moves.in_flight = 64;
  const buffer_result loaded = estimate(*spec.buffer, moves);
  moves.blocks = 1;
  moves.requesters = 1;
  moves.in_flight = 1;
  moves.read_fraction = 1;
  const double read_s = estimate(*spec.buffer, moves).latency.mean_s;
  moves.read_fraction = 0;
  const double write_s = estimate(*spec.buffer, moves).latency.mean_s;
  return {loaded.bandwidth_bytes_per_s() / 2 / port_excess(*spec.buffer, workload, all),
          from_seconds(read_s + write_s)};
}

stage_answer stack_alone(const memory_result& answer, const memory_workload& workload) {
  const asked all = sum_of(workload);
  stage_answer out{0, femtoseconds{0}};
  const double little = answer.limit(memory_limit::in_flight);
  if (std::isfinite(little) && little > 0) {
    out.latency = from_seconds(all.in_flight_bytes / little);
  }
  out.bytes_per_s = answer.bandwidth_bytes_per_s();
  // A stack that waits for its requesters could do more: what its resources allow. Its latency is
  // then no queue's, but rows of others, refresh and turnarounds are in it.
  if (answer.bound_by == memory_limit::in_flight || answer.bound_by == memory_limit::offered_rate) {
    double most = no_limit;
    for (int i = 0; i < memory_limit_count; ++i) {
      const auto which = static_cast<memory_limit>(i);
      if (which == memory_limit::in_flight || which == memory_limit::offered_rate) continue;
      most = std::min(most, answer.limit(which));
    }
    out.bytes_per_s = std::max(out.bytes_per_s, most);
    out.latency = std::max(out.latency, from_seconds(answer.latency.mean_s));
  }
  return out;
}

pipeline_result combine(const memory_workload& workload, const memory_result& stack,
                        const stage_answer& stack_stage, const stage_answer& network,
                        const stage_answer& buffer) {
  const asked all = sum_of(workload);
  const double extra_s = to_seconds(network.latency) + to_seconds(buffer.latency);
  const double latency_s = to_seconds(stack_stage.latency) + extra_s;
  pipeline_result out;
  out.memory = stack;
  out.limit(pipeline_stage::buffer) = buffer.bytes_per_s;
  out.limit(pipeline_stage::network) = network.bytes_per_s;
  out.limit(pipeline_stage::dram_stack) = stack_stage.bytes_per_s;
  out.limit(pipeline_stage::in_flight) = latency_s > 0 ? all.in_flight_bytes / latency_s : no_limit;
  out.limit(pipeline_stage::offered_rate) = all.offered_bytes_per_s;
  const auto least = std::min_element(out.limits.begin(), out.limits.end());
  out.bound_by = static_cast<pipeline_stage>(least - out.limits.begin());
  const double rate = *least;
  if (rate <= 0 || all.bytes <= 0) return out;
  const bool waits = out.bound_by != pipeline_stage::offered_rate;
  out.memory.elapsed = from_seconds(all.bytes / rate + latency_s);
  // Loaded, what is in flight is what the rate holds up (Little); unhurried, each is nearly alone.
  out.memory.latency = {};
  out.memory.latency.mean_s =
      waits ? std::max(latency_s, all.in_flight_bytes / rate) : stack.latency.mean_s + extra_s;
  return out;
}

pipeline_result serve(const memory_pipeline_spec& spec, const memory_workload& workload) {
  for (const auto& problems : {check(spec), check(workload, spec)}) {
    if (!problems.empty()) {
      throw std::invalid_argument("memory pipeline: " + problems[0].path + ": " +
                                  problems[0].message);
    }
  }
  const memory_result stack = dram_stack(spec.dram_stack).serve(workload);
  const stage_answer none{no_limit, femtoseconds{0}};
  return combine(workload, stack, stack_alone(stack, workload),
                 spec.network ? network_alone(spec, workload) : none,
                 spec.buffer ? buffer_alone(spec, workload) : none);
}

}  // namespace lamina::analytical
