// SPDX-License-Identifier: Apache-2.0
#include "mapping_search.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <stdexcept>
#include <string>

#include "lamina/models/mapping_choices.h"

namespace lamina::platforms {
namespace {

using bound = analytical::llm_system::bound;
constexpr double never = std::numeric_limits<double>::infinity();

bool is_better(const mapping_trial& a, const mapping_trial& b) {
  if (a.bounded != b.bounded && a.fits == b.fits) return b.bounded;
  if (a.fits != b.fits) return a.fits;
  return a.seconds < b.seconds;
}

bool fits(const system_work& work, const mapping_spec& mapping, const llm_step_options& options) {
  return std::all_of(work.phases.begin(), work.phases.end(), [&](const llm_phase& phase) {
    return footprint_of(work.model, phase, mapping, options).total_bytes() <=
           work.system.spec().memory_bytes();
  });
}

/// Sizes that are legal. Weights are gathered where they do not fit otherwise: elsewhere it only
/// adds time.
std::vector<mapping_trial> legal_trials(system_work& work, std::size_t& needless) {
  llm_step_options options = work.options;
  options.experts = expert_share::mean;
  std::vector<mapping_trial> trials;
  for (const mapping_spec& mapping : legal_mappings(work.model, work.system.chips())) {
    const bool is_fitting = fits(work, mapping, options);
    trials.push_back({mapping, 0, is_fitting, true});
    for (const mapping_spec& sharing : with_shared_weights(mapping)) {
      if (is_fitting) {
        ++needless;
      } else {
        trials.push_back({sharing, 0, fits(work, sharing, options), true});
      }
    }
  }
  return trials;
}

/// Where every chip has the same way to every other, all orders are alike.
bool tells_orders_apart(const interconnect_spec& network) {
  return network.levels.size() != 1 ||
         (network.levels.front().shape != network_shape::switched &&
          network.levels.front().shape != network_shape::fully_connected);
}

/// Branch and bound. A branch is a choice of sizes and micro-batches in any order, then in one of
/// them; always the one with the lowest bound is looked at: first it is divided into its orders,
/// then it is bounded with its kernels' blocks, then with its collectives, those of few ranks
/// first, then one kernel after the other is asked about. A branch is left when it is not below the
/// best time, where it has the sizes of the best, or that of the best other sizes.
class search {
 public:
  search(system_work& work, std::vector<mapping_trial>& trials)
      : work_(work),
        trials_(trials),
        orders_matter_(tells_orders_apart(work.system.spec().network)),
        any_fits_(std::any_of(trials.begin(), trials.end(),
                              [](const mapping_trial& t) { return t.fits; })),
        decodes_(std::all_of(work.phases.begin(), work.phases.end(), is_decode)),
        least_(trials.size(), never) {}

  void run(mapping_search_counts& counts) {
    for (std::size_t i = 0; i < trials_.size(); ++i) {
      if (trials_[i].fits == any_fits_) begin(i, counts);
    }
    while (!open_.empty() && open_.begin()->first < second_) {
      const std::size_t at = open_.begin()->second;
      open_.erase(open_.begin());
      const bool hopeless = branches_[at].seconds >= limit_of(branches_[at].trial);
      if (hopeless) {
        leave(branches_[at]);
      } else {
        try_to_look_at(at, counts);
      }
    }
    for (const auto& [seconds, at] : open_) leave(branches_[at]);
    tell_bounds();
  }

  /// Takes the trials out that have no answer.
  std::vector<refused_mapping> without_answer() {
    std::vector<refused_mapping> refused;
    for (auto last = reasons_.rbegin(); last != reasons_.rend(); ++last) {
      const auto& [trial, reason] = *last;
      if (!trials_[trial].bounded) continue;  // it has one in another order
      refused.push_back({trials_[trial].mapping, reason});
      trials_.erase(trials_.begin() + static_cast<std::ptrdiff_t>(trial));
    }
    return refused;
  }

 private:
  struct branch {
    mapping_spec mapping;
    std::size_t trial = 0;
    bound counted = bound::any_order;
    double seconds = 0;
    bool other_microbatches = false;  ///< all but the mapping's own
  };

  double least(const mapping_spec& mapping, bound counted) {
    double seconds = 0;
    for (const llm_phase& phase : work_.phases) {
      seconds += work_.system.least_seconds(work_.model, phase, mapping, work_.options, counted);
    }
    return seconds;
  }

  void keep(const branch& next) {
    open_.emplace(next.seconds, branches_.size());
    branches_.push_back(next);
  }
  double open(branch next) {
    next.seconds = std::max(next.seconds, least(next.mapping, next.counted));
    keep(next);
    return next.seconds;
  }

  /// Of steps that only decode other numbers of micro-batches are bounded by the first.
  void begin(std::size_t trial, mapping_search_counts& counts) {
    const auto choices = with_other_microbatches(trials_[trial].mapping, work_.phases);
    const std::size_t orders =
        orders_matter_ ? with_other_orders(trials_[trial].mapping).size() : std::size_t{1};
    counts.most_orders = std::max(counts.most_orders, orders);
    counts.most_microbatches = std::max(counts.most_microbatches, choices.size());
    counts.mappings += choices.size() * orders;
    const double first = open({choices.front(), trial});
    if (choices.size() == 1) return;
    const double share = decodes_ ? unrounded_share(choices.front(), work_.phases) : 0;
    keep({choices.front(), trial, bound::any_order, first * share, true});
  }

  void divide_into_microbatches(const branch& here) {
    const auto choices = with_other_microbatches(here.mapping, work_.phases);
    for (auto other = choices.begin() + 1; other != choices.end(); ++other) {
      open({*other, here.trial, bound::any_order, here.seconds});
    }
  }

  void divide_into_orders(const branch& here) {
    const auto orders = with_other_orders(here.mapping);
    std::vector<double> seconds(orders.size(), 0);
    for (const llm_phase& phase : work_.phases) {
      const std::vector<double> more =
          work_.system.least_seconds(work_.model, phase, orders, work_.options);
      for (std::size_t i = 0; i < orders.size(); ++i) seconds[i] += more[i];
    }
    for (std::size_t i = 0; i < orders.size(); ++i) {
      keep({orders[i], here.trial, bound::kernels, std::max(here.seconds, seconds[i])});
    }
  }

  /// Asks about one kernel more; false when all are known.
  bool ask_next(const mapping_spec& mapping) {
    return std::any_of(work_.phases.begin(), work_.phases.end(), [&](const llm_phase& phase) {
      return work_.system.ask_next(work_.model, phase, mapping, work_.options);
    });
  }

  void try_to_look_at(std::size_t at, mapping_search_counts& counts) {
    try {
      look_at(at, counts);
    } catch (const std::invalid_argument& problem) {
      reasons_.emplace(branches_[at].trial, problem.what());
    }
  }

  void look_at(std::size_t at, mapping_search_counts& counts) {
    branch here = branches_[at];
    if (here.other_microbatches) {
      divide_into_microbatches(here);
      return;
    }
    switch (here.counted) {
      case bound::any_order:
        if (orders_matter_) {
          divide_into_orders(here);
          return;
        }
        here.counted = bound::kernels;
        break;
      case bound::kernels:
        here.counted = bound::blocks;
        break;
      case bound::blocks:
        here.counted = bound::small_groups;
        break;
      case bound::small_groups:
      case bound::collectives:
        here.counted = bound::schedules;
        break;
      case bound::schedules:
        if (ask_next(here.mapping)) break;
        ++counts.evaluated;
        evaluate(here);
        return;
    }
    open(here);
  }

  void evaluate(const branch& here) {
    const system_result tried = answer(work_, here.mapping);
    mapping_trial& trial = trials_[here.trial];
    if (!trial.bounded && trial.seconds <= tried.seconds) return;
    trial = {here.mapping, tried.seconds, tried.fits(), false};
    if (trial.fits != any_fits_) return;
    if (here.trial != first_trial_) {
      second_ = std::min(second_, std::max(first_, trial.seconds));
    }
    if (trial.seconds < first_) {
      first_ = trial.seconds;
      first_trial_ = here.trial;
    }
  }

  double limit_of(std::size_t trial) const {
    if (!trials_[trial].bounded && trials_[trial].fits != any_fits_) return 0;
    return trial == first_trial_ ? first_ : second_;
  }
  void leave(const branch& here) {
    least_[here.trial] = std::min(least_[here.trial], here.seconds);
  }
  /// Of what was not evaluated; what does not fit has no bound.
  void tell_bounds() {
    for (std::size_t i = 0; i < trials_.size(); ++i) {
      if (!trials_[i].bounded || reasons_.count(i) > 0) continue;
      trials_[i].seconds =
          least_[i] < never ? least_[i] : least(trials_[i].mapping, bound::any_order);
    }
  }

  system_work& work_;
  std::vector<mapping_trial>& trials_;
  bool orders_matter_;
  bool any_fits_;
  bool decodes_;
  std::vector<double> least_;                   ///< by trial: the lowest bound of what was left
  std::map<std::size_t, std::string> reasons_;  ///< why a trial has no answer
  std::vector<branch> branches_;
  std::set<std::pair<double, std::size_t>> open_;  ///< bound, branch
  double first_ = never;
  double second_ = never;  ///< of other sizes than the first
  std::size_t first_trial_ = never_trial;
  static constexpr std::size_t never_trial = std::numeric_limits<std::size_t>::max();
};

}  // namespace

system_work::system_work(const config::system_platform& platform, analytical::model_detail detail)
    : system(platform.system(), detail),
      model(config::model_of(platform.workload)),
      phases(config::steps_of(platform.workload)) {
  options.routing_skew = platform.workload.routing_skew;
}

system_result answer(system_work& work, const mapping_spec& mapping) {
  system_result out;
  out.mapping = mapping;
  out.chips = work.system.chips();
  out.memory_capacity = work.system.spec().memory_bytes();
  for (const llm_phase& phase : work.phases) {
    analytical::system_step_result step =
        work.system.step(work.model, phase, mapping, work.options);
    out.seconds += step.seconds;
    out.tokens += step.tokens;
    out.sampled += step.sampled;
    if (step.footprint.total_bytes() > out.footprint.total_bytes()) {
      out.footprint = step.footprint;
    }
    out.steps.push_back(std::move(step));
  }
  return out;
}

searched_mappings search_mappings(system_work& work) {
  searched_mappings found;
  found.trials = legal_trials(work, found.counts.needless);
  search all(work, found.trials);
  all.run(found.counts);
  found.refused = all.without_answer();
  std::stable_sort(found.trials.begin(), found.trials.end(), is_better);
  return found;
}

}  // namespace lamina::platforms
