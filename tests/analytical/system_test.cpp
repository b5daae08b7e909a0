// SPDX-License-Identifier: Apache-2.0
// Steps of a language model on many chips: what adds up, what hides, what waits.
#include "lamina/analytical/system.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "../models/llm_models.h"
#include "hbm2_stack.h"
#include "lamina/models/mapping_choices.h"
#include "mapping_sizes.h"
#include "system_spec.h"

namespace lamina::analytical {
namespace {

using tests::mapping_of;
using tests::small_system;

const language_model& llama() {
  static const language_model model = llm_models::llama_8b();
  return model;
}

const system_part& part_named(const system_step_result& step, std::string_view name) {
  return *std::find_if(step.parts.begin(), step.parts.end(),
                       [&](const system_part& part) { return part.name == name; });
}

TEST(llm_system, refuses_a_system_with_problems) {
  system_spec broken = small_system(4);
  broken.network.levels[0].bandwidth_bytes_per_s = 0;
  EXPECT_THROW(llm_system{broken}, std::invalid_argument);
}

TEST(llm_system, replicas_take_the_time_of_one_chip_with_their_share) {
  llm_system one(small_system(1));
  llm_system eight(small_system(8));
  const double alone = one.step(llama(), decode(4, 1000), mapping_of(1, 1, 1, 1)).seconds;
  const auto all = eight.step(llama(), decode(32, 1000), mapping_of(1, 1, 8, 1));
  EXPECT_DOUBLE_EQ(all.seconds, alone);
  EXPECT_EQ(all.communication_seconds, 0);
  EXPECT_EQ(all.sampled, 32);
}

TEST(llm_system, a_step_is_the_sum_of_its_parts) {
  llm_system system(small_system(8));
  const auto step = system.step(llama(), decode(16, 1000), mapping_of(8, 1, 1, 1));
  double sum = 0;
  for (const system_part& part : step.parts) sum += part.seconds();
  EXPECT_NEAR(step.seconds, sum, 1e-12);
  EXPECT_NEAR(step.kernel_seconds + step.communication_seconds, sum, 1e-12);
  EXPECT_EQ(part_named(step, "attention_reduce").layers, 32);
}

double sum_of_times(const system_step_result& step) {
  return step.kernel_seconds + step.communication_seconds + step.stage_wait_seconds +
         step.bubble_seconds + step.host_seconds;
}

TEST(llm_system, the_times_of_a_step_add_up_under_every_mapping) {
  system_spec spec = small_system(8);
  spec.software.step = from_nanoseconds(50'000);
  llm_system system(spec);
  language_model model = llama();
  model.layers.resize(13);  // stages of 2, 3, 4, 6 and 7 layers
  for (mapping_spec m : legal_mappings(model, 8)) {
    for (const int microbatches : {0, 1, 3, 16}) {
      m.microbatches = microbatches;
      for (const llm_phase& phase : {decode(48, 1000), prefill(16, 128)}) {
        const auto step = system.step(model, phase, m);
        EXPECT_NEAR(sum_of_times(step) / step.seconds, 1, 1e-9) << name_of(m);
        EXPECT_EQ(step.stage_wait_seconds > 0, m.pipeline > 1) << name_of(m);
      }
    }
  }
}

TEST(llm_system, stages_wait_for_the_one_with_the_head) {
  llm_system system(small_system(4));
  const auto step = system.step(llama(), decode(16, 1000), mapping_of(1, 4, 1, 1));
  const double head = part_named(step, "head").seconds() + part_named(step, "final_norm").seconds();
  const double gather = part_named(step, "embedding").seconds();
  const double send = to_seconds(part_named(step, "stage_send").elapsed);
  // Of four turns, each of the others waits while the last has the head and they do not send.
  EXPECT_NEAR(step.stage_wait_seconds, 3 * (head - send) - gather, 1e-9);
}

/// Six chips are no divisor of anything; every mapping that is legal has an answer.
TEST(llm_system, every_legal_mapping_has_an_answer) {
  for (const int chips : {6, 12}) {
    llm_system system(small_system(chips));
    language_model wide = llama();
    wide.attention.heads = 64;
    for (const language_model& model : {llama(), wide, llm_models::mixtral()}) {
      for (const mapping_spec& m : legal_mappings(model, chips)) {
        for (const llm_phase& phase : {decode(12, 500), prefill(2, 300)}) {
          EXPECT_NO_THROW((void)system.step(model, phase, m)) << model.name << ' ' << name_of(m);
        }
      }
    }
  }
}

TEST(llm_system, an_all_reduce_is_never_below_its_bytes) {
  llm_system system(small_system(8));
  double before = 0;
  for (const int ranks : {2, 4, 8}) {
    const auto step = system.step(llama(), decode(512, 1000), mapping_of(ranks, 1, 8 / ranks, 1));
    const system_part& reduce = part_named(step, "attention_reduce");
    EXPECT_GE(to_seconds(reduce.elapsed), 2.0 * (ranks - 1) / ranks * reduce.bytes / 200e9);
    // The bound of the same bytes grows with the ranks.
    const double a_byte = to_seconds(reduce.elapsed) / reduce.bytes;
    EXPECT_GT(a_byte, before);
    before = a_byte;
  }
}

TEST(llm_system, decode_cycles_through_the_stages) {
  llm_system system(small_system(4));
  const auto step = system.step(llama(), decode(16, 1000), mapping_of(1, 4, 1, 1));
  // Four micro-batches keep four stages busy: four times the slowest, that with the head.
  const double layers = step.kernel_seconds - part_named(step, "head").seconds() -
                        part_named(step, "final_norm").seconds() -
                        part_named(step, "embedding").seconds();
  const double last =
      layers / 4 + part_named(step, "head").seconds() + part_named(step, "final_norm").seconds();
  EXPECT_NEAR(step.seconds, 4 * last, 1e-9);
  EXPECT_EQ(step.bubble_seconds, 0);
  mapping_spec few = mapping_of(1, 4, 1, 1);
  few.microbatches = 1;
  const auto waits = system.step(llama(), decode(16, 1000), few);
  EXPECT_NEAR(waits.bubble_seconds / waits.seconds, 3.0 / 4, 1e-9);
}

TEST(llm_system, a_prompt_fills_and_drains_the_pipeline) {
  llm_system system(small_system(4));
  mapping_spec m = mapping_of(1, 4, 1, 1);
  m.microbatches = 8;
  const auto step = system.step(llama(), prefill(8, 512), m);
  EXPECT_NEAR(step.bubble_seconds / step.seconds, 3.0 / 11, 1e-9);
}

TEST(llm_system, overlap_hides_no_more_than_the_shorter_side) {
  system_spec spec = small_system(8);
  llm_system plain(spec);
  spec.overlap = overlap_kind::waves;
  llm_system overlapped(spec);
  const mapping_spec m = mapping_of(8, 1, 1, 1);
  const auto before = plain.step(llama(), prefill(1, 4096), m);
  const auto after = overlapped.step(llama(), prefill(1, 4096), m);
  EXPECT_LT(after.seconds, before.seconds);
  for (std::size_t i = 0; i < after.parts.size(); ++i) {
    const system_part& part = after.parts[i];
    EXPECT_EQ(part.elapsed, before.parts[i].elapsed);
    if (!part.communication) continue;
    EXPECT_LE(part.hidden, part.elapsed);
    EXPECT_LE(part.hidden, after.parts[i - 1].elapsed);
  }
}

TEST(llm_system, further_kernels_of_an_operator_cost_their_launch) {
  system_spec spec = small_system(8);
  const mapping_spec m = mapping_of(8, 1, 1, 1);
  const auto before = llm_system(spec).step(llama(), decode(1, 100), m);
  spec.software.kernels = {{"attention", 4}};
  const auto after = llm_system(spec).step(llama(), decode(1, 100), m);
  const femtoseconds more =
      part_named(after, "attention").elapsed - part_named(before, "attention").elapsed;
  EXPECT_GE(more, 3 * spec.chip.launch.graph);
  EXPECT_LT(more, 3 * (spec.chip.launch.graph + 3 * spec.chip.memory.latency));
}

TEST(llm_system, operators_that_stand_alone_are_kernels) {
  system_spec spec = small_system(8);
  spec.software.kernels = {{"rope", 1}};
  const mapping_spec m = mapping_of(8, 1, 1, 1);
  const auto step = llm_system(spec).step(llama(), decode(1, 100), m);
  EXPECT_EQ(part_named(step, "rope").layers, 32);
}

TEST(llm_system, only_latent_attention_that_decodes_is_padded) {
  system_spec spec = small_system(8);
  const mapping_spec m = mapping_of(8, 1, 1, 1);
  llm_system plain(spec);
  spec.software.attention.latent_heads = 4096;
  llm_system padding(spec);
  const auto attention = [&](llm_system& system, const language_model& model,
                             const llm_phase& phase) {
    return part_named(system.step(model, phase, m), "attention").elapsed;
  };
  const language_model latent = llm_models::deepseek_v3();
  EXPECT_GT(attention(padding, latent, decode(64, 4000)),
            attention(plain, latent, decode(64, 4000)));
  for (const llm_phase& phase : {decode(64, 4000), prefill(1, 512)}) {
    EXPECT_EQ(attention(padding, llama(), phase), attention(plain, llama(), phase));
  }
  EXPECT_EQ(attention(padding, latent, prefill(1, 512)), attention(plain, latent, prefill(1, 512)));
}

TEST(llm_system, a_barrier_is_paid_by_each_collective) {
  system_spec spec = small_system(8);
  const mapping_spec m = mapping_of(8, 1, 1, 1);
  const auto before = llm_system(spec).step(llama(), decode(1, 100), m);
  spec.software.collectives.entry = from_nanoseconds(5000);
  const auto after = llm_system(spec).step(llama(), decode(1, 100), m);
  EXPECT_EQ(part_named(after, "attention_reduce").elapsed,
            part_named(before, "attention_reduce").elapsed + from_nanoseconds(5000));
}

TEST(llm_system, one_shot_is_taken_where_it_is_quicker) {
  system_spec spec = small_system(8);
  spec.software.collectives.algorithm = collective_algorithm::direct;
  spec.software.collectives.step = from_nanoseconds(2500);
  spec.software.collectives.one_shot = true;
  llm_system system(spec);
  const mapping_spec m = mapping_of(8, 1, 1, 1);
  const auto small = system.step(llama(), decode(1, 100), m);
  // 8 KiB to seven peers, one link and switch away.
  const system_part& reduce = part_named(small, "attention_reduce");
  EXPECT_LT(to_seconds(reduce.elapsed), 2.5e-6 + 1e-6 + 0.6e-6);
}

TEST(llm_system, what_does_not_fit_says_so) {
  system_spec spec = small_system(1);
  spec.chip.memory.bytes = std::uint64_t{8} << 30;
  const auto step = llm_system(spec).step(llama(), decode(1, 100), mapping_of(1, 1, 1, 1));
  EXPECT_FALSE(step.fits());
  EXPECT_NE(out_of_memory(step.footprint, step.memory_capacity).find("are missing"),
            std::string::npos);
}

TEST(llm_system, the_least_time_is_never_more_than_the_time) {
  const language_model model = llm_models::mixtral();
  system_spec spec = small_system(8);
  llm_system system(spec);
  spec.overlap = overlap_kind::waves;
  llm_system overlapped(spec);
  spec.overlap = overlap_kind::rings;
  llm_system ringing(spec);
  llm_step_options mean;
  mean.experts = expert_share::mean;
  for (const llm_phase& phase : {decode(64, 2000), prefill(4, 700)}) {
    std::vector<mapping_spec> mappings = legal_mappings(model, 8);
    for (std::size_t i = 0, plain = mappings.size(); i < plain; i += 7) {
      const auto more = with_shared_weights(mappings[i]);
      mappings.insert(mappings.end(), more.begin(), more.end());
    }
    for (const mapping_spec& m : mappings) {
      const double first = system.least_seconds(model, phase, m, mean);
      const double closer =
          system.least_seconds(model, phase, m, {}, llm_system::bound::collectives);
      EXPECT_LE(first, closer) << name_of(m);
      double bound = 0;
      for (const auto counted : {llm_system::bound::blocks, llm_system::bound::small_groups,
                                 llm_system::bound::schedules}) {
        const double next = system.least_seconds(model, phase, m, {}, counted);
        EXPECT_LE(bound, next * (1 + 1e-12)) << name_of(m);
        bound = next;
      }
      EXPECT_LE(bound, system.step(model, phase, m).seconds * (1 + 1e-12)) << name_of(m);
      EXPECT_LE(closer, system.step(model, phase, m).seconds * (1 + 1e-12)) << name_of(m);
      for (llm_system* each : {&overlapped, &ringing}) {
        EXPECT_LE(each->least_seconds(model, phase, m, {}, llm_system::bound::collectives),
                  each->step(model, phase, m).seconds * (1 + 1e-12))
            << name_of(m);
        EXPECT_LE(each->least_seconds(model, phase, m, {}, llm_system::bound::blocks),
                  each->step(model, phase, m).seconds * (1 + 1e-12))
            << name_of(m);
      }
    }
  }
}

/// 16 chips: four behind each of four ports of a slower switch.
system_spec two_level_system() {
  system_spec spec = small_system(4);
  spec.network.levels.push_back(spec.network.levels.front());
  spec.network.levels.back().bandwidth_bytes_per_s = 20e9;
  return spec;
}

TEST(llm_system, the_first_bound_holds_in_any_order_and_with_more_microbatches) {
  language_model models[] = {llm_models::mixtral(), llm_models::llama_8b(),
                             llm_models::deepseek_v3()};
  for (language_model& model : models) model.layers.resize(4);
  llm_system system(two_level_system());
  for (const language_model& model : models) {
    for (const std::int64_t batch : {64, 96, 75}) {
      const llm_phase phase = decode(batch, 2000);
      for (const mapping_spec& m : legal_mappings(model, system.chips())) {
        const auto any = llm_system::bound::any_order;
        const double first = system.least_seconds(model, phase, m, {}, any);
        const auto orders = with_other_orders(m);
        const auto each = system.least_seconds(model, phase, orders);
        for (std::size_t i = 0; i < orders.size(); ++i) {
          EXPECT_GE(each[i], first * (1 - 1e-12)) << name_of(orders[i]);
          EXPECT_EQ(each[i], system.least_seconds(model, phase, orders[i])) << name_of(orders[i]);
        }
        const double share = unrounded_share(m, {phase});
        for (const mapping_spec& more : with_other_microbatches(m, {phase})) {
          EXPECT_GE(system.least_seconds(model, phase, more, {}, any), first * share * (1 - 1e-12))
              << name_of(more) << " batch " << batch;
        }
      }
    }
  }
}

/// What one collective's slowest rank must send or receive, whatever the algorithm: `bytes` is the
/// whole of an all-reduce, and the share of a rank elsewhere.
double least_bytes(collective_kind kind, double bytes, int ranks) {
  const double others = ranks - 1;
  if (kind == collective_kind::all_reduce) return 2 * bytes * others / ranks;
  if (kind == collective_kind::all_gather) return bytes * others;
  if (kind == collective_kind::reduce_scatter) return bytes * others / ranks;
  return kind == collective_kind::send_receive ? bytes : 0;
}

TEST(llm_system, no_group_carries_less_than_its_bytes_or_gets_quicker_by_growing) {
  const language_model& model = llama();
  double before = 0;
  for (const int ranks : {2, 4, 8, 16}) {
    llm_system system(small_system(ranks));
    const system_step_result step =
        system.step(model, decode(512, 1000), mapping_of(ranks, 1, 1, 1));
    const system_part& reduce = part_named(step, "attention_reduce");
    const double least = least_bytes(collective_kind::all_reduce, reduce.bytes, ranks) / 200e9;
    EXPECT_GE(to_seconds(reduce.elapsed), least) << ranks;
    EXPECT_GE(least, before) << ranks;
    before = least;
    const system_part& gather = part_named(step, "logits_gather");
    EXPECT_GE(to_seconds(gather.elapsed),
              least_bytes(collective_kind::all_gather, gather.bytes, ranks) / 200e9);
  }
}

TEST(llm_system, every_mapping_reads_the_weights_and_sends_what_its_parts_need) {
  const language_model& model = llama();
  llm_system system(small_system(8));
  double weights = 0;  // of products, on one chip
  for (const llm_operator& op : operators_of(model, decode(64, 1000), {}).operators) {
    if (op.matrix_flops > 0) weights += op.bytes.weights * op.layers;
  }
  ASSERT_GT(weights, 1e9);
  for (const mapping_spec& m : legal_mappings(model, 8)) {
    const system_step_result step = system.step(model, decode(64, 1000), m);
    double read = 0;
    for (const system_part& part : step.parts) {
      if (!part.communication) read += part.bytes * part.layers * m.tensor;
      if (!part.communication) continue;
      const std::string_view name = part.name;
      const bool exchanges = name == "heads_exchange" || name == "tokens_exchange";
      const bool passes = name == "queries_gather" || name == "parts_reduce";
      const int ranks = name == "stage_send" ? 2
                        : exchanges          ? m.sequence
                        : passes             ? m.context
                                             : m.tensor;
      ASSERT_GT(ranks, 1) << name_of(m) << name;
    }
    // One replica's ranks, in one micro-batch, read all weights between them.
    EXPECT_GE(read, weights * (1 - 1e-9)) << name_of(m);
    for (const system_part& part : step.parts) {
      if (part.name != "attention_reduce") continue;
      EXPECT_GE(to_seconds(part.elapsed),
                least_bytes(collective_kind::all_reduce, part.bytes, m.tensor) / 200e9)
          << name_of(m);
    }
  }
}

/// A node of a few tiles under one layer.
system_spec stacked_system() {
  system_spec spec = small_system(4);
  stacked_chip_spec chip;
  chip.chip = spec.chip;
  chip.chip.tiles = 4;
  chip.noc = spec.network;
  chip.dram_stack = tests::hbm2_stack();
  chip.dram_stack.geometry.channels = 8;
  chip.dram_stack.geometry.rows = 1 << 18;  // room for the model
  spec.stacked = chip;
  return spec;
}

TEST(llm_system, schedules_bound_kernels_until_the_stack_has_been_asked) {
  language_model model = llm_models::mixtral();
  model.layers.resize(2);
  llm_system system(stacked_system());
  const auto bounded = [&](const mapping_spec& m) {
    return system.least_seconds(model, decode(8, 600), m, {}, llm_system::bound::schedules);
  };
  for (const mapping_spec& m : {mapping_of(4, 1, 1, 2), mapping_of(1, 2, 2, 2)}) {
    double bound = bounded(m);
    const double first = bound;
    while (system.ask_next(model, decode(8, 600), m)) {
      const double closer = bounded(m);
      EXPECT_GE(closer, bound * (1 - 1e-12)) << name_of(m);
      bound = closer;
    }
    const double seconds = system.step(model, decode(8, 600), m).seconds;
    EXPECT_GT(first, 0.3 * seconds) << name_of(m);
    EXPECT_DOUBLE_EQ(bound, seconds) << name_of(m);
  }
}

TEST(llm_system, others_may_answer_for_kernels_and_network) {
  llm_system system(small_system(8));
  int kernels = 0;
  int networks = 0;
  system_answers answers;
  answers.kernel = [&](const kernel_schedule&) {
    ++kernels;
    kernel_result result;
    result.elapsed = from_nanoseconds(1000);
    return result;
  };
  answers.network = [&](const network_workload& work) {
    ++networks;
    EXPECT_EQ(work.collectives.size(), 4U);  // a group for each replica
    network_result result;
    result.elapsed = from_nanoseconds(100);
    return result;
  };
  const auto step =
      system.step(llama(), decode(8, 100), mapping_of(2, 1, 4, 1), llm_step_options{}, answers);
  EXPECT_EQ(kernels + networks, static_cast<int>(step.parts.size()));
  EXPECT_EQ(part_named(step, "attention_reduce").elapsed,
            from_nanoseconds(100) + system.spec().chip.launch.graph);
}

}  // namespace
}  // namespace lamina::analytical
