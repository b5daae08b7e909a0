// SPDX-License-Identifier: Apache-2.0
#include "lamina/validation/validate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <ostream>

#include "lamina/validation/csv_table.h"
#include "lamina/validation/reference_kind.h"
#include "report.h"

namespace lamina::validation {
namespace {

constexpr int exit_fine = 0;
constexpr int exit_outside = 1;
constexpr int exit_bad_input = 2;
constexpr int exit_internal = 3;

template <typename Entry>
const Entry* find(const std::vector<Entry>& entries, const std::string& name) {
  for (const Entry& entry : entries)
    if (entry.name == name) return &entry;
  return nullptr;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// What is wrong with the options, in sentences.
std::vector<std::string> check(const validate_options& options) {
  std::vector<std::string> wrong;
  for (const auto& [kind, path] : options.references) {
    if (!contains(known_reference_kinds(), kind))
      wrong.push_back(fmt::format("--reference {}={}: unknown KIND '{}'; known: {}", kind, path,
                                  kind, fmt::join(known_reference_kinds(), ", ")));
    else if (path.empty())
      wrong.push_back(fmt::format("--reference {}: expected KIND=PATH, the path is empty", kind));
  }
  if (!options.random.empty() && !contains(known_random_components(), options.random))
    wrong.push_back(fmt::format("--random {}: unknown COMPONENT '{}'; known: {}", options.random,
                                options.random, fmt::join(known_random_components(), ", ")));
  if (options.references.empty() && options.random.empty())
    wrong.push_back(fmt::format(
        "expected --reference KIND=PATH (KIND: {}) or --random COMPONENT (COMPONENT: {})",
        fmt::join(known_reference_kinds(), ", "), fmt::join(known_random_components(), ", ")));
  if (options.cases < 1)
    wrong.push_back(fmt::format("--cases: expected at least 1, found {}", options.cases));
  if (options.only && options.random.empty())
    wrong.push_back("--only: expected --random COMPONENT beside it");
  if (options.only && *options.only < 0)
    wrong.push_back(fmt::format("--only: expected an index from 0, found {}", *options.only));
  if (options.jobs < 0)
    wrong.push_back(fmt::format("--jobs: expected 0 (all cores) or more, found {}", options.jobs));
  return wrong;
}

void append(std::vector<validation_case>& all, std::vector<validation_case>&& more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

validation_report compare(const validate_options& options, const validation_context& context) {
  validation_report report;
  const auto add = [&](std::vector<validation_case>&& cases,
                       const std::vector<tolerance>& tolerances) {
    for (std::string& sentence : broken(tolerances, cases))
      report.broken.push_back(std::move(sentence));
    append(report.cases, std::move(cases));
  };
  const auto kinds = reference_kinds();
  for (const auto& [name, path] : options.references) {
    const reference_kind& kind = *find(kinds, name);
    add(kind.run(path, context), kind.tolerances);
  }
  if (!options.random.empty()) {
    const auto components = random_components();
    const random_component& component = *find(components, options.random);
    random_answer answer = component.run({options.cases, options.seed, options.only}, context);
    add(std::move(answer.cases), component.tolerances);
    report.configuration = std::move(answer.configuration);
  }
  return report;
}

}  // namespace

int run_validate(const validate_options& options, std::ostream& out, std::ostream& err) {
  const std::vector<std::string> wrong = check(options);
  for (const std::string& sentence : wrong) err << "lamina validate: " << sentence << '\n';
  if (!wrong.empty()) return exit_bad_input;
  validation_context context;
  context.jobs = options.jobs;
  context.models_dir = options.models_dir;
  if (!options.quiet) context.note = [&err](const std::string& line) { err << line << std::endl; };
  try {
    const validation_report report = compare(options, context);
    if (options.json) {
      print_json(report, options, out);
    } else {
      print_text(report, options, out);
    }
    return report.broken.empty() ? exit_fine : exit_outside;
  } catch (const reference_error& error) {
    for (const std::string& message : error.messages()) err << message << '\n';
    return exit_bad_input;
  } catch (const std::exception& error) {
    err << "lamina validate: internal error: " << error.what() << '\n';
    return exit_internal;
  }
}

}  // namespace lamina::validation
