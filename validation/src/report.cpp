// SPDX-License-Identifier: Apache-2.0
#include "report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>

#include "envelope.h"

namespace lamina::validation {
namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t worst_shown = 20;

json number(const answer& value) {
  return value && std::isfinite(*value) ? json(*value) : json(nullptr);
}

json as_json(const path_summary& summary) {
  return {{"cases", summary.cases},
          {"missing", summary.missing},
          {"mape", number(summary.mape)},
          {"p95", number(summary.p95)},
          {"max", number(summary.max)}};
}

json as_json(const validation_case& one) {
  return {{"name", one.name},
          {"group", one.group},
          {"x", number(one.x)},
          {"metric", one.metric},
          {"unit", one.unit},
          {"reference", number(one.reference)},
          {"analytical", number(one.analytical)},
          {"tlm", number(one.tlm)},
          {"error_analytical", number(one.error_analytical)},
          {"error_tlm", number(one.error_tlm)}};
}

template <typename Part>
std::vector<std::string> distinct(const std::vector<validation_case>& cases, Part part) {
  std::vector<std::string> found;
  for (const validation_case& one : cases)
    if (std::find(found.begin(), found.end(), part(one)) == found.end()) found.push_back(part(one));
  return found;
}

std::vector<std::string> metrics_of(const std::vector<validation_case>& cases) {
  return distinct(cases,
                  [](const validation_case& one) -> const std::string& { return one.metric; });
}

/// Larger is worse; a missing answer is worst of all.
double badness(const validation_case& one) {
  double worst = 0;
  for (const fidelity_path path : {fidelity_path::analytical, fidelity_path::tlm}) {
    if (!wants(one, path)) continue;
    const answer& error = error_of(one, path);
    worst = std::max(worst, error ? std::abs(*error) : HUGE_VAL);
  }
  return worst;
}

std::vector<const validation_case*> worst_of(const std::vector<validation_case>& cases) {
  std::vector<const validation_case*> worst;
  for (const validation_case& one : cases)
    if (badness(one) > 0 && !one.only_informs) worst.push_back(&one);
  std::stable_sort(worst.begin(), worst.end(),
                   [](const auto* a, const auto* b) { return badness(*a) > badness(*b); });
  if (worst.size() > worst_shown) worst.resize(worst_shown);
  return worst;
}

std::string error_text(const answer& error, const validation_case& like) {
  if (!error) return "missing";
  if (like.relative) return fmt::format("{:+.2f} %", *error * 100);
  return like.unit.empty() ? fmt::format("{:+.3g}", *error)
                           : fmt::format("{:+.4g} {}", *error, like.unit);
}

std::string value_text(const answer& value) {
  return value ? fmt::format("{:.6g}", *value) : std::string("none");
}

void print_summary_line(const std::string& label, const std::vector<const validation_case*>& cases,
                        fidelity_path path, std::ostream& out) {
  const path_summary summary = summarise(cases, path);
  if (summary.cases + summary.missing == 0) return;
  const validation_case& like = *cases.front();
  const auto text = [&](const answer& value) {
    if (!value) return std::string("-");
    std::string shown = error_text(value, like);
    return shown.front() == '+' ? shown.substr(1) : shown;
  };
  out << fmt::format("  {:<44} {:<10} {:>6} {:>8} {:>14} {:>14} {:>14}\n", label,
                     path == fidelity_path::tlm ? "tlm" : "analytical", summary.cases,
                     summary.missing, text(summary.mape), text(summary.p95), text(summary.max));
}

void print_metric(const std::string& metric, const std::vector<validation_case>& cases,
                  std::ostream& out) {
  std::vector<const validation_case*> all;
  for (const validation_case& one : cases)
    if (one.metric == metric) all.push_back(&one);
  out << fmt::format("{}{}\n", metric,
                     all.front()->unit.empty() ? "" : fmt::format(" [{}]", all.front()->unit));
  out << fmt::format("  {:<44} {:<10} {:>6} {:>8} {:>14} {:>14} {:>14}\n", "group", "path", "cases",
                     "missing", "mean |error|", "p95", "max");
  std::vector<std::string> groups;
  for (const validation_case* one : all)
    if (std::find(groups.begin(), groups.end(), one->group) == groups.end())
      groups.push_back(one->group);
  for (const fidelity_path path : {fidelity_path::analytical, fidelity_path::tlm}) {
    print_summary_line("all", all, path, out);
    if (groups.size() < 2) continue;
    for (const std::string& group : groups) {
      std::vector<const validation_case*> chosen;
      for (const validation_case* one : all)
        if (one->group == group) chosen.push_back(one);
      print_summary_line(group, chosen, path, out);
    }
  }
}

void print_worst(const validation_case& one, std::ostream& out) {
  std::string errors;
  for (const fidelity_path path : {fidelity_path::analytical, fidelity_path::tlm}) {
    if (!wants(one, path)) continue;
    const bool tlm = path == fidelity_path::tlm;
    errors += fmt::format(" {} {} ({})", tlm ? "tlm" : "analytical",
                          value_text(tlm ? one.tlm : one.analytical),
                          error_text(error_of(one, path), one));
  }
  out << fmt::format("  {} {}: reference {}{}{}\n", one.name, one.metric, value_text(one.reference),
                     one.unit.empty() ? "," : " " + one.unit + ",", errors);
  if (!one.reason.empty()) out << "      " << one.reason << '\n';
}

}  // namespace

void print_json(const validation_report& report, const validate_options& options,
                std::ostream& out) {
  json document = envelope_of(options);
  if (!report.configuration.empty()) document["configuration"] = report.configuration;
  json summary = json::object();
  for (const std::string& metric : metrics_of(report.cases)) {
    summary[metric]["analytical"] =
        as_json(summarise(report.cases, metric, fidelity_path::analytical));
    summary[metric]["tlm"] = as_json(summarise(report.cases, metric, fidelity_path::tlm));
  }
  document["summary"] = std::move(summary);
  document["outside_tolerance"] = report.broken;
  json worst = json::array();
  for (const validation_case* one : worst_of(report.cases))
    worst.push_back({{"name", one->name}, {"metric", one->metric}, {"reason", one->reason}});
  document["worst"] = std::move(worst);
  json cases = json::array();
  for (const validation_case& one : report.cases) cases.push_back(as_json(one));
  document["cases"] = std::move(cases);
  out << document.dump(1) << '\n';
}

void print_text(const validation_report& report, const validate_options& options,
                std::ostream& out) {
  if (!report.configuration.empty()) out << report.configuration << '\n';
  for (const std::string& metric : metrics_of(report.cases))
    print_metric(metric, report.cases, out);
  const auto worst = worst_of(report.cases);
  if (worst.empty()) {
    out << "every answer equals its reference\n";
  } else {
    out << fmt::format("the {} worst\n", worst.size());
    for (const validation_case* one : worst) print_worst(*one, out);
  }
  for (const std::string& sentence : report.broken)
    out << "outside tolerance: " << sentence << '\n';
  if (report.broken.empty()) out << "within tolerance\n";
  const json envelope = envelope_of(options);
  out << fmt::format("lamina {}, configuration {}, seed {}\n",
                     envelope["version"].get<std::string>(),
                     envelope["configuration_hash"].get<std::string>(), options.seed);
}

}  // namespace lamina::validation
