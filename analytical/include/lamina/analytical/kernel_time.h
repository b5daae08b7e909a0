// SPDX-License-Identifier: Apache-2.0
// The time of a kernel's schedule on a chip in closed form, wave by wave.
#pragma once

#include "lamina/models/tile_schedule.h"

namespace lamina::analytical {

/// Time of one part. All blocks are equal, so tiles take them in waves of `resident` a tile; the
/// last wave has what is left, on the busiest tile ceil(left / tiles). With b blocks on a tile
///
///     turn = max(b x the busiest unit's clocks, one block's units one after the other,
///                (latency + load + that) / stages)
///     wave = latency + load + steps x turn + b x epilogue
///
/// and the part takes the longer of two: its waves one after the other, behind the loads with
/// which all tiles begin; or all its bytes over the busiest way (port, shared buffer, memory) and a
/// last turn. Before either comes the start of a kernel, behind it the last store's latency. Stores
/// go behind the next wave's back and only take their share of the ways.
///
/// Left out: tiles that drift apart, so that one's epilogue hides behind another's loop, and ways
/// and units that are each busy for a part of the time.
femtoseconds part_time(const tile_schedule& part, const chip_spec& chip);

/// All parts with their launch.
femtoseconds kernel_time(const kernel_schedule& schedule, const chip_spec& chip);

}  // namespace lamina::analytical
