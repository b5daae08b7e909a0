// SPDX-License-Identifier: Apache-2.0
// What a space's file asks of its points: constraints, objectives, how many, and checks.
#include <algorithm>
#include <cmath>

#include "lamina/config/quantity.h"
#include "space_reader.h"

namespace lamina::explore {

using config::entry;
using config::node;

namespace {

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const metric one : all_metrics()) names.emplace_back(name_of(one));
  return names;
}

}  // namespace

std::optional<metric> space_reader::metric_named(const std::string& name,
                                                 const config::location& place, const char* what) {
  const std::vector<std::string> names = metric_names();
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) {
    const std::string near = config::nearest(name, names);
    tell(place, fmt::format("{} {} does not exist", what, config::in_quotes(name)),
         near.empty() ? "there are " + listed(names) : "did you mean '" + near + "'?");
    return {};
  }
  const metric found = all_metrics()[static_cast<std::size_t>(at - names.begin())];
  if (found == metric::die_area && !(platform_->stacked() && platform_->chip.area.stated())) {
    tell(place, fmt::format("{} die_area: the platform's chip states no areas", what),
         "give it 'chip.area', as parts/logic_dies/tiles_8x8.yaml has");
    return {};
  }
  if (found == metric::tokens_per_joule &&
      !(platform_->stacked() && platform_->chip.energy.stated())) {
    tell(place, fmt::format("{} tokens_per_joule: the platform's chip states no energies", what),
         "give it 'chip.energy', as parts/logic_dies/tiles_8x8.yaml has");
    return {};
  }
  if (found == metric::time_to_first_token && steps_without_prompt_) {
    tell(place, fmt::format("{} time_to_first_token: workload.groups are one step", what),
         "give 'workload.requests', or phase, batch and context instead");
    return {};
  }
  return found;
}

std::optional<double> space_reader::amount(const node& value, metric of) {
  std::string text = value.text;
  config::dimension what = config::dimension::number;
  const auto cut = [&text](std::string_view unit) {
    const bool has = text.size() > unit.size() &&
                     text.compare(text.size() - unit.size(), unit.size(), unit) == 0;
    if (has) text.resize(text.size() - unit.size());
    while (has && text.back() == ' ' && text.size() > 1) text.pop_back();
    return has;
  };
  const char* example = "50 ms";
  bool united = true;
  const bool time = of == metric::time_per_token || of == metric::time_to_first_token;
  if (time) what = config::dimension::time;
  if (of == metric::memory_used) what = config::dimension::fraction, example = "90 %";
  if (of == metric::die_area) united = cut("mm2"), example = "800 mm2";
  if (of == metric::tokens_per_joule) {
    united = cut("/J"), example = "2 /J";
  } else if (more_is_better(of)) {
    united = cut("/s"), example = "20 /s";
  }
  const auto parsed = config::parse_quantity(text, what);
  if (parsed.value && united && value.is_scalar()) return parsed.value;
  tell(value.place,
       fmt::format("{} is {}; expected an amount with its unit", name_of(of),
                   config::describe_kind(value)),
       fmt::format("such as {}", example));
  return {};
}

void space_reader::read_constraints(const node& root) {
  const node* all = root.find("constraints");
  if (all == nullptr) return;
  for (const entry& item : all->entries) {
    const auto of = metric_named(item.key, item.key_place, "constraint");
    if (!of) continue;
    constraint one;
    one.of = *of;
    if (item.value.is_map()) {
      check_keys(item.value, {"at_least", "at_most"}, " of a constraint");
      if (const node* least = item.value.find("at_least")) {
        one.at_least = amount(*least, *of).value_or(one.at_least);
      }
      if (const node* most = item.value.find("at_most")) {
        one.at_most = amount(*most, *of).value_or(one.at_most);
      }
    } else if (const auto value = amount(item.value, *of)) {
      (more_is_better(*of) ? one.at_least : one.at_most) = *value;
    }
    if (one.at_least > one.at_most) {
      tell(item.value.place,
           fmt::format("constraints on {} contradict each other: nothing is at least {:g} and at "
                       "most {:g}",
                       item.key, one.at_least, one.at_most),
           "exchange them, or remove one");
    }
    out_.constraints.push_back(one);
  }
}

/// What a user sees is the inverse of the time of a token.
void space_reader::read_objectives(const node& root) {
  const node* all = root.find("objectives");
  if (all == nullptr || all->entries.empty()) {
    if (all == nullptr || !all->is_scalar()) {
      tell(all == nullptr ? root.place : all->place, "there is no objective",
           "such as 'objectives: [tokens_per_s, tokens_per_s_user]'");
      return;
    }
    if (const auto one = metric_named(all->text, all->place, "objective")) {
      out_.objectives.push_back(*one);
    }
    return;
  }
  for (const entry& item : all->entries) {
    if (const auto one = metric_named(item.value.text, item.value.place, "objective")) {
      out_.objectives.push_back(*one);
    }
  }
}

std::uint64_t space_reader::whole(const node& map, const char* key, std::uint64_t otherwise,
                                  std::uint64_t most) {
  const node* value = map.find(key);
  if (value == nullptr) return otherwise;
  const auto parsed = config::parse_whole(value->text);
  if (parsed.value && *parsed.value >= 0 && static_cast<std::uint64_t>(*parsed.value) <= most) {
    return static_cast<std::uint64_t>(*parsed.value);
  }
  tell(value->place,
       fmt::format("{} is {}; expected a whole number of at most {}", key,
                   config::describe_kind(*value), most),
       "");
  return otherwise;
}

void space_reader::read_sampling(const node& root) {
  const node* how = root.find("sampling");
  if (how == nullptr) return;
  const node* method = how->is_map() ? how->find("method") : how;
  if (how->is_map()) check_keys(*how, {"method", "points", "seed"}, " of sampling");
  const std::vector<std::string> names = {"exhaustive", "sobol", "latin_hypercube"};
  const std::string text = method != nullptr ? method->text : "";
  const auto at = std::find(names.begin(), names.end(), text);
  if (at == names.end()) {
    const std::string near = config::nearest(text, names);
    tell(how->place, "sampling " + config::in_quotes(text) + " does not exist",
         near.empty() ? "there are " + listed(names) : "did you mean '" + near + "'?");
    return;
  }
  out_.how.method = static_cast<sampling_method>(at - names.begin());
  if (!how->is_map()) {
    if (out_.how.method != sampling_method::exhaustive) {
      tell(how->place, "sampling: how many points?",
           fmt::format("write {{method: {}, points: 1000, seed: 1}}", text));
    }
    return;
  }
  out_.how.points = whole(*how, "points", 1000, most_points);
  out_.how.seed = whole(*how, "seed", 1, std::uint64_t{1} << 62U);
}

void space_reader::read_checks(const node& root) {
  const node* checks = root.find("checks");
  if (checks == nullptr) return;
  check_keys(*checks, {"points", "time_limit"}, " of checks");
  out_.checks.points = static_cast<int>(whole(*checks, "points", 0, 100'000));
  if (const node* limit = checks->find("time_limit")) {
    const auto parsed = config::parse_quantity(limit->text, config::dimension::time);
    if (parsed.value && *parsed.value > 0) {
      out_.checks.time_limit_s = *parsed.value;
    } else {
      tell(limit->place, "time_limit: " + parsed.wrong.message, "such as 60 s");
    }
  }
}

/// Stacks have a closed form; without one there is little to gain from it.
void space_reader::read_detail(const node& root) {
  using analytical::model_detail;
  out_.detail = platform_->stacked() ? model_detail::closed_form : model_detail::followed;
  const node* how = root.find("detail");
  if (how == nullptr) return;
  if (how->is_scalar() && how->text == "closed_form") {
    out_.detail = model_detail::closed_form;
  } else if (how->is_scalar() && how->text == "followed") {
    out_.detail = model_detail::followed;
  } else {
    const std::string near = config::nearest(how->text, {"closed_form", "followed"});
    tell(how->place, "detail " + config::in_quotes(how->text) + " does not exist",
         near.empty() ? "there are closed_form, followed" : "did you mean '" + near + "'?");
  }
}

}  // namespace lamina::explore
