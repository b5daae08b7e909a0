// SPDX-License-Identifier: Apache-2.0
// The time of a kernel's schedule on a chip in closed form, wave by wave.
#pragma once

#include "lamina/models/dram_stack.h"
#include "lamina/models/tile_schedule.h"

namespace lamina::analytical {

/// Time of one part. All blocks are equal, so tiles take them in waves of `resident` a tile; the
/// last wave has what is left. With b blocks on a tile
///
///     turn  = max(b x the busiest unit's clocks, one block's units one after the other)
///     wave  = latency + load + steps x turn + b x epilogue, or, when `stages` loads do not cover
///             the latency, a load's way and a turn for each `stages` turns
///     chain = all waves, and what first loads and stores wait for each other
///     flow  = all bytes over the busiest way (port, shared buffer, memory), latency, a turn
///
/// and the part takes the longer of chain and flow, between the start of a kernel and the last
/// store's latency. Tiles that began earlier take more of the last wave: its busiest tile has from
/// ceil(left / tiles) to `resident` blocks, by how far the first loads and stores spread the tiles.
///
/// Left out: ways and units that are each busy for a part of the time, such as a memory that only
/// the prologues and epilogues of short loops need.
femtoseconds part_time(const tile_schedule& part, const chip_spec& chip);

/// Seconds for which a part keeps the busiest unit of the busiest tile at work.
double unit_seconds(const tile_schedule& part, const chip_spec& chip);

/// All parts with their launch.
femtoseconds kernel_time(const kernel_schedule& schedule, const chip_spec& chip);

/// Bytes/s of all data wires of a stack.
double wire_bytes_per_s(const dram_geometry& geometry);

/// A stack that gives a part what its wires can, as soon as its cells can.
chip_memory_spec quickest_memory(const tile_schedule& part, const dram_stack_spec& stack);

}  // namespace lamina::analytical
