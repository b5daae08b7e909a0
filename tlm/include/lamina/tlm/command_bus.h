// SPDX-License-Identifier: Apache-2.0
// The banks that one command bus reaches, numbered densely for the hot loops.
#pragma once

#include <vector>

#include "lamina/models/dram_stack.h"

namespace lamina::sysc {

/// One stack ID of one pseudo channel: a set of banks with its own activation budget and refresh.
struct bank_unit {
  int pseudo_channel = 0;
  int stack_id = 0;
  int port = 0;  ///< among the ports of this bus
};

/// Layout of one command bus: a channel's, or one port's of it.
class command_bus_layout {
 public:
  /// `bus` counts the buses of one channel: 0 alone, or the port with command_bus_scope::port.
  command_bus_layout(const dram_stack_spec& spec, int bus);
  static int buses_per_channel(const dram_stack_spec& spec);
  /// Which bus of its channel a place hangs on.
  static int bus_of(const dram_stack_spec& spec, int pseudo_channel, int stack_id) {
    return spec.controller.command_bus == command_bus_scope::port
               ? spec.geometry.port_of(pseudo_channel, stack_id)
               : 0;
  }

  int units() const { return static_cast<int>(units_.size()); }
  int ports() const { return ports_; }
  int groups_per_unit() const { return groups_; }
  int banks_per_group() const { return banks_; }
  int banks_per_unit() const { return groups_ * banks_; }
  int banks() const { return units() * banks_per_unit(); }
  const bank_unit& unit(int index) const { return units_[static_cast<std::size_t>(index)]; }

  int unit_of(int pseudo_channel, int stack_id) const {
    return unit_index_[static_cast<std::size_t>(pseudo_channel * stack_ids_ + stack_id)];
  }
  int bank_of(const dram_address& place) const {
    return (unit_of(place.pseudo_channel, place.stack_id) * groups_ + place.bank_group) * banks_ +
           place.bank;
  }
  int unit_of_bank(int bank) const { return homes_[static_cast<std::size_t>(bank)].unit; }
  /// Over all units.
  int group_of_bank(int bank) const { return homes_[static_cast<std::size_t>(bank)].group; }
  /// The place of a bank; channel, row and column are left zero.
  dram_address place_of(int bank) const;

 private:
  struct bank_home {
    int unit;
    int group;
  };
  std::vector<bank_unit> units_;
  std::vector<int> unit_index_;
  std::vector<bank_home> homes_;  ///< of each bank: a table, because dividing takes longer
  int stack_ids_;
  int ports_;
  int groups_;
  int banks_;
};

}  // namespace lamina::sysc
