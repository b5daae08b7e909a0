// SPDX-License-Identifier: Apache-2.0
// From the time each resource was needed to the limits of a result and the one that binds.
#pragma once

#include "lamina/models/memory.h"

namespace lamina {

/// Seconds for which the most needed resource of each kind was needed. Demand over elapsed time is
/// utilisation, and the resource with the highest utilisation binds: both fidelities use this one
/// definition, the simulation with what it counted, the closed form with what it derived.
struct memory_demand {
  double port_data = 0;        ///< data and bank-group spacing on the busiest port
  double port_turnaround = 0;  ///< changes of direction on that port
  double port_refresh = 0;     ///< refresh that stops that port
  double bank_cycle = 0;       ///< row cycles of the busiest bank
  double bank_refresh = 0;     ///< refresh of that bank
  double activation = 0;       ///< activation slots (tRRD, tFAW, stack-wide cap)
  double command_bus = 0;      ///< row or column command slots
  double offered = 0;          ///< time that the offered rates need; 0: no rate given
  double in_flight = 0;        ///< unloaded latencies over the requests in flight
};

/// Fills limits and bound_by of a result whose byte counts are filled in. A resource without
/// demand has no limit (infinity).
void name_limits(const memory_demand& demand, memory_result& result);

}  // namespace lamina
