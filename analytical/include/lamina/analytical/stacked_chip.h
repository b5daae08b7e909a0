// SPDX-License-Identifier: Apache-2.0
// A chip under its DRAM stack in closed form: tiles that see what stack and network answer.
#pragma once

#include <cstdint>
#include <memory>

#include "lamina/analytical/compute_tile.h"
#include "lamina/models/stacked_chip.h"

namespace lamina::analytical {

/// The network between all tiles and all slices as one way: total bytes/s when every tile loads
/// from every slice alike and the busiest link is full, and the mean time of a request to a slice
/// and a piece back on an idle network.
chip_network_spec network_answer(const stacked_chip_spec& spec);

/// How closely stack and network are looked at.
enum class model_detail : std::uint8_t {
  followed,    ///< loads, stores and their bursts (about a second a kernel) and ranks of
               ///< collectives are followed
  closed_form  ///< rates from what the addresses under way meet, for maps that hash (see
               ///< slot_rates.h), and steps from their slowest message (see collective_forms.h)
};

/// Runs kernels on a stacked chip. A part that moves something to or from the stack is followed
/// with its loads and stores through tiles, nodes and stack (followed_part); of others the memory
/// is out of the way in the compute tile's closed form, and so it is in model_detail::closed_form
/// with a bandwidth and a latency. Left out: links that are busier than those of the nodes.
///
/// One object must not be used by two threads at a time.
class stacked_chip final : public kernel_runner {
 public:
  /// Throws std::invalid_argument for a chip with problems.
  explicit stacked_chip(stacked_chip_spec spec, model_detail detail = model_detail::followed);
  ~stacked_chip() override;
  stacked_chip(stacked_chip&&) noexcept;
  stacked_chip& operator=(stacked_chip&&) noexcept;

  kernel_result run(const kernel_schedule& schedule) override;

  struct planned {
    const kernel_schedule* schedule;
    kernel_result result;
  };
  /// The mapper's schedule of a kernel and what run() says of it; both are remembered. Throws
  /// std::invalid_argument for a kernel that no mapping fits.
  const planned& plan(const kernel_work& kernel);

  /// Of the network, for the tiles that have blocks of a part.
  double network_bytes_per_s(const tile_schedule& part) const;
  const stacked_chip_spec& spec() const;
  model_detail detail() const;
  /// The chip as its tiles see it: network answered, memory answered for long sequential reads.
  const chip_spec& chip() const;
  std::size_t searches() const;          ///< kernels that were not remembered
  std::size_t memory_questions() const;  ///< stream mixes that the stack was asked about

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace lamina::analytical
