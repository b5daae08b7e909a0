// SPDX-License-Identifier: Apache-2.0
// What tells kernels apart, as a key of ordered maps.
#pragma once

#include <tuple>

#include "lamina/models/tile_schedule.h"

namespace lamina {

inline auto key_of(const kernel_work& w) {
  return std::make_tuple(w.kind, w.m, w.n, w.k, w.count, w.a_bits, w.b_bits, w.c_bits, w.batch,
                         w.heads, w.kv_heads, w.seqlen, w.queries, w.head_dim, w.value_dim,
                         w.causal, w.inputs, w.operations_per_element, w.pairs,
                         w.special_per_element, w.epilogue_operations, w.epilogue_special,
                         w.matrix_bits, w.flops, w.extra_read_bytes);
}
using kernel_key = decltype(key_of(kernel_work{}));

}  // namespace lamina
