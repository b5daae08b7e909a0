// SPDX-License-Identifier: Apache-2.0
// What the stack takes for one part's loads and stores, found by following their bursts.
#pragma once

#include "lamina/analytical/dram_stack.h"
#include "lamina/models/stacked_chip.h"
#include "lamina/models/tile_schedule.h"
#include "tile_network.h"

namespace lamina::analytical {

/// Follows the blocks of a part, each in its slot of a tile, from the first load to the last store:
/// bursts wait in the stack, answers and stores at the slices and at the links of their node, turns
/// for the tile's busiest unit. A part of more than 800 000 bursts and loads is followed over two
/// counts of its waves, and over two lengths of their loops: its time grows with the waves, and
/// that of a wave with its steps, as between them,
///
///     T(w, s) = a + w (b + c s).
///
/// It leaves out: queueing on links between other nodes; that later waves are less in step than
/// those followed.
class followed_part {
 public:
  followed_part(dram_stack& stack, const stacked_chip_spec& spec, const tile_network& network,
                const address_map& map)
      : stack_(stack), spec_(spec), network_(network), map_(map) {}

  /// Of the whole part. Nothing when it moves nothing to or from the stack.
  finished_result whole(const tile_schedule& part) const;

 private:
  finished_result over(const tile_schedule& part, std::int64_t blocks, std::int64_t steps) const;

  dram_stack& stack_;
  const stacked_chip_spec& spec_;
  const tile_network& network_;
  const address_map& map_;
};

}  // namespace lamina::analytical
