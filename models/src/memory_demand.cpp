// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/memory_demand.h"

#include <algorithm>
#include <limits>

namespace lamina {

void name_limits(const memory_demand& d, memory_result& result) {
  const double bytes = static_cast<double>(result.read_bytes + result.write_bytes);
  const auto allow = [&](double seconds) {
    return seconds > 0 ? bytes / seconds : std::numeric_limits<double>::infinity();
  };
  const double port = d.port_data + d.port_turnaround + d.port_refresh;
  const double bank = d.bank_cycle + d.bank_refresh;
  result.limit(memory_limit::offered_rate) = allow(d.offered);
  result.limit(memory_limit::in_flight) = allow(d.in_flight);
  result.limit(memory_limit::port) = allow(port);
  result.limit(memory_limit::turnaround) = allow(d.port_turnaround);
  result.limit(memory_limit::activation) = allow(d.activation);
  result.limit(memory_limit::bank) = allow(bank);
  result.limit(memory_limit::refresh) = allow(std::max(d.port_refresh, d.bank_refresh));
  result.limit(memory_limit::command_bus) = allow(d.command_bus);

  double most = -1;
  const auto candidate = [&](double demand, memory_limit which) {
    if (demand <= most) return;
    most = demand;
    result.bound_by = which;
  };
  candidate(d.offered, memory_limit::offered_rate);
  const bool turns = d.port_turnaround > std::max(d.port_data, d.port_refresh);
  const bool refreshes = d.port_refresh > std::max(d.port_data, d.port_turnaround);
  candidate(port, turns       ? memory_limit::turnaround
                  : refreshes ? memory_limit::refresh
                              : memory_limit::port);
  candidate(bank, d.bank_refresh > d.bank_cycle ? memory_limit::refresh : memory_limit::bank);
  candidate(d.activation, memory_limit::activation);
  candidate(d.command_bus, memory_limit::command_bus);
  candidate(d.in_flight, memory_limit::in_flight);
}

}  // namespace lamina
