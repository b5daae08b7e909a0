// SPDX-License-Identifier: Apache-2.0
#include "system_groups.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace lamina::analytical {

std::vector<std::vector<int>> groups_of(const llm_communication& what,
                                        const mapping_spec& mapping) {
  switch (what.group) {
    case communication_group::tensor:
      return groups_along(mapping, mapping_axis::tensor);
    case communication_group::sequence:
      return groups_along(mapping, mapping_axis::sequence);
    case communication_group::context:
      return groups_along(mapping, mapping_axis::context);
    case communication_group::experts:
      return expert_groups(mapping);
    case communication_group::weights:
      return weight_groups(mapping);
    case communication_group::expert_weights:
      return expert_weight_groups(mapping);
    case communication_group::stages:
      return stage_pairs(mapping);
  }
  return {};
}

namespace {

/// A digit of a rank's place: `size` ranks, `apart` chips from one to the next.
struct digit {
  std::int64_t apart = 1;
  std::int64_t size = 1;
};

digit digit_of(const mapping_spec& m, mapping_axis axis) {
  digit found{1, m.size_of(axis)};
  for (const mapping_axis inner : m.order) {
    if (inner == axis) break;
    found.apart *= m.size_of(inner);
  }
  return found;
}

/// Digits of a group from the fastest on; neighbours that continue each other are one.
class group_digits {
 public:
  void add(digit next) {
    if (next.size == 1) return;
    if (count_ > 0) {
      digit& last = digits_[count_ - 1];
      if (next.apart == last.apart * last.size) {
        last.size *= next.size;
        return;
      }
    }
    digits_[count_++] = next;
  }

  /// `count` ranks along the tokens, `skip` ranks from one to the next. False when they are no
  /// whole digits: 6 of an axis of 4 and one of 3.
  bool add_tokens(const mapping_spec& m, std::int64_t skip, std::int64_t count) {
    for (const mapping_axis axis : m.order) {
      if (axis == mapping_axis::tensor || axis == mapping_axis::pipeline) continue;
      digit here = digit_of(m, axis);
      if (skip > 1) {
        const std::int64_t skipped = std::gcd(skip, here.size);
        if (skipped != std::min(skip, here.size)) return false;
        skip /= skipped;
        here = {here.apart * skipped, here.size / skipped};
      }
      if (skip > 1 || count == 1) continue;
      const std::int64_t taken = std::gcd(count, here.size);
      if (taken != std::min(count, here.size)) return false;
      count /= taken;
      add({here.apart, taken});
    }
    return skip == 1 && count == 1;
  }

  group_key key(std::int64_t kind) const {
    group_key key = {kind};
    for (std::size_t i = 0; i < count_; ++i) {
      key[1 + 2 * i] = digits_[i].apart;
      key[2 + 2 * i] = digits_[i].size;
    }
    return key;
  }

 private:
  std::array<digit, mapping_axis_count> digits_;
  std::size_t count_ = 0;
};

/// False when the groups are no digits.
bool add_digits(communication_group group, const mapping_spec& m, group_digits& to) {
  switch (group) {
    case communication_group::tensor:
      to.add(digit_of(m, mapping_axis::tensor));
      return true;
    case communication_group::sequence:
      to.add(digit_of(m, mapping_axis::sequence));
      return true;
    case communication_group::context:
      to.add(digit_of(m, mapping_axis::context));
      return true;
    case communication_group::experts:
      to.add(digit_of(m, mapping_axis::tensor));
      return to.add_tokens(m, 1, m.replicas_of_experts());
    case communication_group::weights:
      return to.add_tokens(m, 1, m.fsdp);
    case communication_group::expert_weights:
      return to.add_tokens(m, m.replicas_of_experts(), m.fsdp_of_experts());
    case communication_group::stages:
      to.add(digit_of(m, mapping_axis::pipeline));
      return true;
  }
  return false;
}

}  // namespace

group_key key_of_groups(const llm_communication& what, const mapping_spec& m) {
  group_digits digits;
  if (add_digits(what.group, m, digits)) {
    // Stages do not meet all others of their digit, only the next.
    return digits.key(what.group == communication_group::stages ? 1 : 0);
  }
  group_key key = {2 + static_cast<std::int64_t>(what.group),
                   m.tensor,
                   m.sequence,
                   m.context,
                   m.data,
                   m.pipeline,
                   m.expert,
                   m.fsdp};
  for (std::size_t i = 0; i < m.order.size(); ++i) {
    key[8 + i] = static_cast<std::int64_t>(m.order[i]);
  }
  return key;
}

}  // namespace lamina::analytical
