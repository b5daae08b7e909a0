// SPDX-License-Identifier: Apache-2.0
// Reads tables of measured kernels.
#include <fmt/format.h>

#include "lamina/validation/csv_table.h"
#include "lamina/validation/kernel_reference.h"

namespace lamina::validation {
namespace {

std::int64_t size_of(csv_table& table, std::size_t row, const char* column,
                     std::int64_t least = 1) {
  if (!table.has(column)) {
    throw reference_error({fmt::format("{}:1:1: a row of kind {} needs a column {}", table.path(),
                                       table.text(row, "kind"), column)});
  }
  return table.integer(row, column, least, std::int64_t{1} << 40);
}

std::optional<kernel_work> read_work(csv_table& table, std::size_t row, const std::string& kind) {
  kernel_work work;
  const auto size = [&](const char* column) { return size_of(table, row, column); };
  if (kind == "gemm") {
    work.m = size("m");
    work.n = size("n");
    work.k = size("k");
  } else if (kind == "softmax" || kind == "layer_norm") {
    work.kind = kind == "softmax" ? kernel_kind::softmax : kernel_kind::layer_norm;
    work.m = size("m");
    work.n = size("n");
  } else if (kind == "attention_prefill" || kind == "attention_decode") {
    work.kind = kind == "attention_prefill" ? kernel_kind::attention_prefill
                                            : kernel_kind::attention_decode;
    work.batch = size("batch");
    work.heads = size("heads");
    work.seqlen = size("seqlen");
    work.head_dim = size("head_dim");
  } else {
    return {};
  }
  return work;
}

std::optional<analytical::fused_work> read_fused(csv_table& table, std::size_t row,
                                                 const kernel_reference_row& found) {
  using kind = analytical::fused_kind;
  analytical::fused_work work;
  work.ranks = found.devices;
  const auto size = [&](const char* column) { return size_of(table, row, column); };
  const auto tile = [&](const char* column) {
    const bool given = table.has(column) && !table.text(row, column).empty();
    return given ? static_cast<int>(table.integer(row, column, 1, 1 << 20)) : 0;
  };
  work.tile_m = tile("tile_m");
  work.tile_n = tile("tile_n");
  work.tile_k = tile("tile_k");
  if (found.kind == "ulysses") {
    work.kind = kind::ulysses_projection;
    work.ranks = static_cast<int>(size("sequence_parallel"));
    work.batch = size("batch");
    work.heads = size("heads");
    work.seqlen = size("seqlen");
    work.head_dim = size("head_dim");
    work.out_features = size("out_features");
    work.communication_tiles = static_cast<int>(size_of(table, row, "communication_sms", 0));
    return work;
  }
  if (found.kind == "ag_gemm") {
    work.kind = kind::all_gather_gemm;
  } else if (found.kind == "gemm_rs") {
    work.kind = kind::gemm_reduce_scatter;
  } else if (found.kind == "moe_reduce_ar") {
    work.kind = kind::moe_reduce_all_reduce;
    work.topk = size("topk");
    if (table.has("experts") && !table.text(row, "experts").empty()) {
      work.experts = size("experts");
    }
  } else if (found.kind == "ep_dispatch") {
    work.kind = kind::expert_dispatch;
    work.topk = size("topk");
  } else {
    return {};
  }
  work.m = size("m");
  work.n = size("n");
  if (work.kind != kind::expert_dispatch) work.k = size("k");
  return work;
}

}  // namespace

std::vector<kernel_reference_row> read_kernels(const std::string& path) {
  csv_table table(path, {"chip", "devices", "kind", "measured_ms"});
  std::vector<kernel_reference_row> rows;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    kernel_reference_row found;
    found.chip = table.text(row, "chip");
    found.kind = table.text(row, "kind");
    found.devices = static_cast<int>(table.integer(row, "devices", 1, 1 << 20));
    found.time_ms = table.number(row, "measured_ms", 0);
    found.x = static_cast<double>(row + 1);
    found.group = found.chip + "/" + found.kind;
    found.name = fmt::format("kernels/{}/{}", found.group, row + 1);
    found.work = read_work(table, row, found.kind);
    if (!found.work) found.fused = read_fused(table, row, found);
    rows.push_back(std::move(found));
  }
  table.finish();
  return rows;
}

}  // namespace lamina::validation
