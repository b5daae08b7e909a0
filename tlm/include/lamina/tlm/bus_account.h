// SPDX-License-Identifier: Apache-2.0
// What one command bus has done: counts, and the time that each of its resources was needed.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "lamina/models/dram_timing_rules.h"
#include "lamina/tlm/command_bus.h"

namespace lamina::sysc {

/// Demand on a resource is the time it was needed for, not the time work waited near it: a column
/// command needs its port for the smallest legal spacing to its predecessor, an activation needs
/// its bank for one row cycle. Demand over elapsed time is utilisation.
class bus_account {
 public:
  struct port_use {
    std::int64_t data = 0;        ///< clocks of data and bank-group spacing
    std::int64_t turnaround = 0;  ///< clocks lost to changes of direction
    std::int64_t refresh = 0;     ///< clocks that its units spent refreshing, summed
    std::int64_t bursts = 0;
    int units = 0;
  };
  struct unit_use {
    std::int64_t activates = 0;
    std::int64_t reads = 0;
    std::int64_t writes = 0;
    std::int64_t refresh = 0;  ///< clocks
  };
  struct bank_use {
    std::int64_t cycle = 0;    ///< clocks of row cycles
    std::int64_t refresh = 0;  ///< clocks of per-bank refresh
  };

  bus_account(const dram_timing_rules& rules, const command_bus_layout& layout)
      : clocks_(rules.clocks()),
        layout_(layout),
        ports_(static_cast<std::size_t>(layout.ports())),
        units_(static_cast<std::size_t>(layout.units())),
        banks_(static_cast<std::size_t>(layout.banks())),
        sessions_(static_cast<std::size_t>(layout.banks())),
        last_(static_cast<std::size_t>(layout.ports())) {
    for (int unit = 0; unit < layout.units(); ++unit) ++port(layout.unit(unit).port).units;
    using rel = bank_relation;
    for (std::size_t relation = 0; relation < 4; ++relation) {
      const auto of = [&](dram_command first, dram_command second) {
        return rules.distance(first, second, static_cast<rel>(relation));
      };
      spacing_[0][0][relation] = of(dram_command::read, dram_command::read);
      spacing_[0][1][relation] = of(dram_command::read, dram_command::write);
      spacing_[1][0][relation] = of(dram_command::write, dram_command::read);
      spacing_[1][1][relation] = of(dram_command::write, dram_command::write);
    }
  }

  void activate(int bank) {
    ++activates;
    ++unit(layout_.unit_of_bank(bank)).activates;
    row_slots += clocks_.activate;
    session& s = sessions_[static_cast<std::size_t>(bank)];
    s = {};
    s.open = true;
  }
  void column(int bank, bool write, bool hit) {
    const int unit_index = layout_.unit_of_bank(bank);
    unit_use& u = unit(unit_index);
    ++(write ? u.writes : u.reads);
    row_hits += hit;
    ++column_slots;
    session& s = sessions_[static_cast<std::size_t>(bank)];
    ++s.columns;
    s.last_write = write;
    s.first_write = s.columns == 1 ? write : s.first_write;
    port_use& p = port(layout_.unit(unit_index).port);
    ++p.bursts;
    previous& last = last_[static_cast<std::size_t>(layout_.unit(unit_index).port)];
    if (last.bank < 0) {
      p.data += clocks_.burst;
    } else {
      const int spacing = spacing_[last.write][write][relation_of(last.bank, bank, unit_index)];
      const bool turned = last.write != write;
      turnarounds += turned;
      p.data += turned ? clocks_.burst : spacing;
      p.turnaround += turned ? spacing - clocks_.burst : 0;
    }
    last = {bank, write};
  }
  /// A row was closed, by whatever command.
  void close(int bank) {
    session& s = sessions_[static_cast<std::size_t>(bank)];
    if (!s.open) return;
    s.open = false;
    const int opening = s.first_write ? clocks_.tRCDWR : clocks_.tRCDRD;
    const int recovery = s.last_write ? clocks_.WL + clocks_.burst + clocks_.tWR : clocks_.tRTP;
    const int spacing = std::max(clocks_.tCCD_L, clocks_.burst);
    const std::int64_t streaming = opening + (s.columns - 1) * spacing + recovery + clocks_.tRP;
    bank_use& b = banks_[static_cast<std::size_t>(bank)];
    b.cycle += std::max<std::int64_t>(clocks_.tRC, s.columns > 0 ? streaming : 0);
  }
  void precharge() {
    ++precharges;
    ++row_slots;
  }
  void refresh_all(int unit_index, std::int64_t waited) {
    ++refreshes_all;
    ++row_slots;
    unit(unit_index).refresh += clocks_.tRFC + waited;
    port(layout_.unit(unit_index).port).refresh += clocks_.tRFC + waited;
  }
  void refresh_bank(int bank, std::int64_t waited) {
    ++refreshes_bank;
    ++row_slots;
    banks_[static_cast<std::size_t>(bank)].refresh += clocks_.tRFCpb + waited;
  }

  /// Refreshes of an idle unit that nobody simulated one by one.
  void skip_refreshes(int unit_index, std::int64_t count, bool per_bank) {
    (per_bank ? refreshes_bank : refreshes_all) += count;
    row_slots += count;
    if (per_bank) return;
    unit(unit_index).refresh += count * clocks_.tRFC;
    port(layout_.unit(unit_index).port).refresh += count * clocks_.tRFC;
  }

  const std::vector<port_use>& ports() const { return ports_; }
  const std::vector<unit_use>& units() const { return units_; }
  const std::vector<bank_use>& banks() const { return banks_; }

  std::int64_t activates = 0;
  std::int64_t precharges = 0;
  std::int64_t row_hits = 0;
  std::int64_t refreshes_all = 0;
  std::int64_t refreshes_bank = 0;
  std::int64_t turnarounds = 0;
  std::int64_t row_slots = 0;
  std::int64_t column_slots = 0;

 private:
  struct session {
    std::int64_t columns = 0;
    bool open = false;
    bool first_write = false;
    bool last_write = false;
  };
  struct previous {
    int bank = -1;
    bool write = false;
  };
  port_use& port(int index) { return ports_[static_cast<std::size_t>(index)]; }
  unit_use& unit(int index) { return units_[static_cast<std::size_t>(index)]; }
  std::size_t relation_of(int a, int b, int unit_of_b) const {
    if (a == b) return 0;
    if (layout_.group_of_bank(a) == layout_.group_of_bank(b)) return 1;
    return layout_.unit_of_bank(a) == unit_of_b ? 2 : 3;
  }

  dram_clocks clocks_;
  const command_bus_layout& layout_;
  std::vector<port_use> ports_;
  std::vector<unit_use> units_;
  std::vector<bank_use> banks_;
  std::vector<session> sessions_;
  std::vector<previous> last_;
  std::array<std::array<std::array<int, 4>, 2>, 2> spacing_{};
};

}  // namespace lamina::sysc
