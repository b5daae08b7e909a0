// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/command_bus.h"

namespace lamina::sysc {

int command_bus_layout::buses_per_channel(const dram_stack_spec& spec) {
  return spec.controller.command_bus == command_bus_scope::port ? spec.geometry.ports() : 1;
}

command_bus_layout::command_bus_layout(const dram_stack_spec& spec, int bus)
    : stack_ids_(spec.geometry.stack_ids),
      ports_(spec.geometry.ports() / buses_per_channel(spec)),
      groups_(spec.geometry.bank_groups),
      banks_(spec.geometry.banks_per_group) {
  for (int pseudo_channel = 0; pseudo_channel < spec.geometry.pseudo_channels; ++pseudo_channel) {
    for (int stack_id = 0; stack_id < stack_ids_; ++stack_id) {
      const bool here = bus_of(spec, pseudo_channel, stack_id) == bus;
      unit_index_.push_back(here ? units() : -1);
      const int port = ports_ == 1 ? 0 : spec.geometry.port_of(pseudo_channel, stack_id);
      if (here) units_.push_back({pseudo_channel, stack_id, port});
    }
  }
  homes_.reserve(static_cast<std::size_t>(banks()));
  for (int bank = 0; bank < banks(); ++bank) {
    homes_.push_back({bank / banks_per_unit(), bank / banks_});
  }
}

dram_address command_bus_layout::place_of(int bank) const {
  const bank_unit& owner = unit(unit_of_bank(bank));
  dram_address place;
  place.pseudo_channel = owner.pseudo_channel;
  place.stack_id = owner.stack_id;
  place.bank_group = bank / banks_ % groups_;
  place.bank = bank % banks_;
  return place;
}

}  // namespace lamina::sysc
