// SPDX-License-Identifier: Apache-2.0
#include "lamina/explore/space.h"

#include <algorithm>

#include "space_reader.h"

namespace lamina::explore {

std::string_view name_of(sampling_method which) {
  constexpr std::string_view names[] = {"exhaustive", "sobol", "latin_hypercube"};
  return names[static_cast<std::size_t>(which)];
}

std::uint64_t space::size() const {
  std::uint64_t size = 1;
  for (const config::sweep_axis& axis : axes) {
    if (axis.values.empty()) return 0;
    if (size > largest_space / axis.values.size()) return largest_space;
    size *= axis.values.size();
  }
  return size;
}

bool space::asks_for(metric which) const {
  return std::find(objectives.begin(), objectives.end(), which) != objectives.end() ||
         std::any_of(constraints.begin(), constraints.end(),
                     [which](const constraint& one) { return one.of == which; });
}

bool is_space(const config::load_request& request) {
  config::diagnostics ignored;
  const config::node root = config::load_document(request.file, ignored, request.reader);
  const config::node* kind = root.find("platform");
  return kind != nullptr && kind->text == "space";
}

std::optional<space> load_space(const config::load_request& request, config::diagnostics& found) {
  return space_reader(request, found).read();
}

std::vector<std::size_t> digits_of(const space& of, std::uint64_t point) {
  std::vector<std::size_t> digits(of.axes.size());
  for (std::size_t i = digits.size(); i-- > 0;) {
    digits[i] = static_cast<std::size_t>(point % of.axes[i].values.size());
    point /= of.axes[i].values.size();
  }
  return digits;
}

std::vector<std::string> settings_of(const space& of, std::uint64_t point) {
  const std::vector<std::size_t> digits = digits_of(of, point);
  std::vector<std::string> settings;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    settings =
        config::resolved_settings(std::move(settings), of.axes[i].values[digits[i]].settings);
  }
  return settings;
}

std::string label_of(const space& of, std::uint64_t point) {
  const std::vector<std::size_t> digits = digits_of(of, point);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    text += (i == 0 ? "" : " ") + of.axes[i].name + '=' + of.axes[i].values[digits[i]].label;
  }
  return text;
}

}  // namespace lamina::explore
