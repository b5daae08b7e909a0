// SPDX-License-Identifier: Apache-2.0
// A study: a chip or system platform whose file has a `sweep`, answered at every point of it.
#pragma once

#include <iosfwd>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "arguments.h"
#include "lamina/config/sweep.h"
#include "lamina/platforms/envelope.h"
#include "lamina/platforms/evaluate.h"
#include "lamina/platforms/sweep.h"

namespace lamina::app {

/// What one point is and does, in one fidelity.
struct study_cell {
  double seconds = 0;       ///< of the workload's steps
  double tokens_per_s = 0;  ///< through the layers
  bool fits = true;         ///< the model into the memory
  std::string bound_by;     ///< what binds the largest part of the time
  double bound_share = 0;   ///< of the time
  std::string design;       ///< "116 tiles, 640 mm2", or the mapping
};

struct study_point {
  platforms::sweep_point at;
  std::string configuration;  ///< resolved, as YAML
  /// In the order of the study's fidelities; empty where there is no answer.
  std::vector<std::optional<study_cell>> cells;
};

struct study {
  std::string file;
  std::string name;
  std::vector<config::sweep_axis>
      axes;  ///< drawn: the first to the right, a line for each value of
             ///< the second, a plot for each combination of the others
  std::optional<config::sweep_reference> compare;  ///< what the others' tokens/s are divided by
  std::vector<platforms::fidelity> fidelities;
  std::vector<study_point> points;  ///< as platforms::sweep_points() has them
  platforms::envelope envelope;
};

/// The label of one axis at one point.
std::string value_at(const study& of, const study_point& point, std::size_t axis);

/// Tokens/s of a point over those of the point with the reference's value; nothing for the
/// reference itself, and where there is no answer.
std::optional<double> factor_of(const study& of, std::size_t point, std::size_t fidelity);

/// "tokens/s over split=wide".
std::string factor_name(const study& of);

/// Whether chip or system platforms were given, and one of them has a `sweep`.
bool is_study(const arguments& given);

/// Evaluates every point, in closed form unless `--fidelity` says otherwise, and prints. The exit
/// code. A model that does not fit at some points is no failure: the answer shows where.
int run_study(const arguments& given);
/// Loads every point. The exit code.
int check_study(const arguments& given);

void print_text(const study& answer, std::ostream& out);
nlohmann::ordered_json to_json(const study& answer);
/// A line for each point and fidelity, with a header; SI units.
std::string to_csv(const study& answer);
/// One page that needs no other file, with the plots.
std::string to_html(const study& answer);
/// result.json, points.csv and report.html. Throws usage_error when the folder cannot be written.
void write_files(const study& answer, const std::string& folder);

}  // namespace lamina::app
