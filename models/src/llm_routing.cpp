// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "lamina/models/expert_routing.h"

namespace lamina {
namespace {

using distribution = std::vector<double>;  ///< probability of 0, 1, 2, ...

/// Logarithms of factorials up to that of `most`.
class factorials {
 public:
  explicit factorials(int most) {
    for (int n = 0; n <= most; ++n) logs_.push_back(std::lgamma(n + 1.0));
  }
  double log_choose(int n, int k) const { return log(n) - log(k) - log(n - k); }

 private:
  double log(int n) const { return logs_[static_cast<std::size_t>(n)]; }
  std::vector<double> logs_;
};

/// Of the number of different experts that `tokens` visit, uniform routing.
distribution different_experts(const expert_routing& r, std::int64_t tokens, const factorials& f) {
  const int all = r.experts;
  const int step = r.per_token;
  std::vector<distribution> found(static_cast<std::size_t>(all) + 1);
  for (int d = 0; d <= all; ++d) {  // chance that a token finds j new ones when d are known
    distribution& row = found[static_cast<std::size_t>(d)];
    row.assign(static_cast<std::size_t>(step) + 1, 0);
    for (int j = std::max(0, step - d); j <= std::min(step, all - d); ++j) {
      row[static_cast<std::size_t>(j)] =
          std::exp(f.log_choose(all - d, j) + f.log_choose(d, step - j) - f.log_choose(all, step));
    }
  }
  distribution now(static_cast<std::size_t>(all) + 1, 0);
  now[0] = 1;
  distribution next(now.size());
  for (std::int64_t token = 0; token < tokens && now.back() < 1 - 1e-13; ++token) {
    std::fill(next.begin(), next.end(), 0.0);
    for (std::size_t d = 0; d < now.size(); ++d) {
      if (now[d] < 1e-22) continue;  // beyond what a double adds up
      const std::size_t most = std::min<std::size_t>(found[d].size() - 1, now.size() - 1 - d);
      for (std::size_t j = 0; j <= most; ++j) next[d + j] += now[d] * found[d][j];
    }
    std::swap(now, next);
  }
  return now;
}

std::vector<int> experts_of_ranks(int experts, int ranks) {
  std::vector<int> sizes(static_cast<std::size_t>(ranks));
  for (int r = 0; r < ranks; ++r) {
    sizes[static_cast<std::size_t>(r)] = experts / ranks + (r < experts % ranks ? 1 : 0);
  }
  return sizes;
}

distribution binomials(int n, double p, int most, const factorials& f) {
  distribution all;
  const double log_p = std::log(p);
  const double log_rest = std::log1p(-p);
  for (int k = 0; k <= std::min(n, most); ++k) {
    const bool certain = p <= 0 || p >= 1;
    all.push_back(certain ? k == (p <= 0 ? 0 : n)
                          : std::exp(f.log_choose(n, k) + k * log_p + (n - k) * log_rest));
  }
  return all;
}

/// Coefficients of product * factor, in place; `product` is long enough.
void multiply(distribution& product, std::size_t degree, const distribution& factor) {
  for (std::size_t d = std::min(product.size(), degree + factor.size()); d-- > 0;) {
    double sum = 0;
    const std::size_t most = std::min(factor.size() - 1, d);
    for (std::size_t j = 0; j <= most; ++j) sum += product[d - j] * factor[j];
    product[d] = sum;
  }
}

/// Expected maximum over ranks of active experts, uniform routing. Given d different experts, all
/// sets of d are equally likely: P(no rank has more than x) is the coefficient of z^d in the
/// product over ranks of sum_{j<=x} C(m,j) z^j, over C(E,d). Both are scaled by q^d (1-q)^(E-d),
/// which cancels, to stay within a double.
double busiest_active_uniform(const expert_routing& r, std::int64_t tokens, int ranks) {
  const factorials f(r.experts);
  const distribution different = different_experts(r, tokens, f);
  double mean = 0;
  std::size_t least = different.size();  // of different experts, with any likelihood
  for (std::size_t d = different.size(); d-- > 0;) {
    mean += static_cast<double>(d) * different[d];
    if (different[d] > 1e-15) least = d;
  }
  const double q = mean / r.experts;
  const std::vector<int> sizes = experts_of_ranks(r.experts, ranks);
  const distribution weights = binomials(r.experts, q, r.experts, f);
  double expected = 0;
  for (int x = 0; x < sizes.front(); ++x) {
    if (static_cast<std::size_t>(x) * sizes.size() < least) {  // some rank has more
      expected += 1;
      continue;
    }
    const distribution larger = binomials(sizes.front(), q, x, f);
    const distribution smaller = binomials(sizes.back(), q, x, f);
    distribution product(weights.size(), 0);
    product[0] = 1;
    std::size_t degree = 0;
    for (const int size : sizes) {
      const distribution& factor = size == sizes.front() ? larger : smaller;
      multiply(product, degree, factor);
      degree += factor.size() - 1;
    }
    double within = 0;
    for (std::size_t d = 0; d < weights.size(); ++d) {
      if (different[d] > 0 && weights[d] > 1e-290) {
        within += different[d] * std::min(1.0, product[d] / weights[d]);
      }
    }
    expected += 1 - within;
    if (within > 1 - 1e-12) break;
  }
  return expected;
}

/// Expected maximum over ranks of active experts, experts independent.
double busiest_active_skewed(const std::vector<double>& active, int ranks) {
  const std::size_t stride = static_cast<std::size_t>(ranks);
  const std::size_t longest = (active.size() + stride - 1) / stride;
  distribution none_above(longest + 1, 1);  // P(no rank has more than x)
  for (std::size_t rank = 0; rank < stride; ++rank) {
    distribution count(longest + 1, 0);
    count[0] = 1;
    for (std::size_t e = rank; e < active.size(); e += stride) {
      for (std::size_t x = longest; x > 0; --x) {
        count[x] = count[x] * (1 - active[e]) + count[x - 1] * active[e];
      }
      count[0] *= 1 - active[e];
    }
    double cumulative = 0;
    for (std::size_t x = 0; x <= longest; ++x) {
      cumulative += count[x];
      none_above[x] *= std::min(1.0, cumulative);
    }
  }
  double expected = 0;
  for (std::size_t x = 0; x < longest; ++x) expected += 1 - none_above[x];
  return expected;
}

/// Expected maximum of independent normals, by the trapezoidal rule over 1 - P(max <= x). Equal
/// neighbours are taken together.
double expected_maximum(const std::vector<double>& means, const std::vector<double>& deviations) {
  constexpr double reach = 9;  // deviations
  const double mean = *std::max_element(means.begin(), means.end());
  const double deviation = *std::max_element(deviations.begin(), deviations.end());
  if (deviation <= 0) return mean;
  const double low = mean - reach * deviation;
  constexpr int steps = 400;
  const double width = 2 * reach * deviation / steps;
  double sum = 0;
  for (int s = 0; s <= steps; ++s) {
    const double x = low + width * s;
    double below = 1;
    for (std::size_t i = 0; i < means.size() && below > 0;) {
      std::size_t end = i;
      while (end < means.size() && means[end] == means[i] && deviations[end] == deviations[i])
        ++end;
      const double one = deviations[i] > 0
                             ? 0.5 * std::erfc((means[i] - x) / (deviations[i] * std::sqrt(2.0)))
                             : static_cast<double>(x >= means[i]);
      below *= std::pow(one, static_cast<double>(end - i));
      i = end;
    }
    sum += (1 - below) * (s == 0 || s == steps ? 0.5 : 1);
  }
  return low + sum * width;
}

/// The count of a rank varies by the sum of p(1-p) over its experts; a draw without replacement
/// and the negative correlation of ranks, which share a fixed number of visits, together make its
/// distance from the mean vary by E/(E-1) times that.
double busiest_visits(const std::vector<double>& p, std::int64_t tokens, int ranks) {
  const auto stride = static_cast<std::size_t>(ranks);
  const double experts = static_cast<double>(p.size());
  std::vector<double> means(stride, 0);
  std::vector<double> deviations(stride, 0);
  for (std::size_t e = 0; e < p.size(); ++e) {
    means[e % stride] += static_cast<double>(tokens) * p[e];
    deviations[e % stride] += static_cast<double>(tokens) * p[e] * (1 - p[e]);
  }
  for (double& d : deviations) d = std::sqrt(d * experts / std::max(1.0, experts - 1));
  return expected_maximum(means, deviations);
}

/// E[ceil(N / rows)] for binomial N, from its mode outwards as far as it matters.
double expected_tiles_of_expert(std::int64_t tokens, double p, std::int64_t rows) {
  const auto tiles = [rows](std::int64_t n) { return static_cast<double>((n + rows - 1) / rows); };
  if (p >= 1) return tiles(tokens);
  const auto t = static_cast<double>(tokens);
  const auto mode = std::min(tokens, static_cast<std::int64_t>((t + 1) * p));
  const auto m = static_cast<double>(mode);
  const double top = std::exp(std::lgamma(t + 1) - std::lgamma(m + 1) - std::lgamma(t - m + 1) +
                              m * std::log(p) + (t - m) * std::log1p(-p));
  constexpr double little = 1e-18;
  const double odds = p / (1 - p);
  double sum = top * tiles(mode);
  double now = top;
  for (std::int64_t n = mode; n < tokens && now > little; ++n) {
    now *= odds * static_cast<double>(tokens - n) / static_cast<double>(n + 1);
    sum += now * tiles(n + 1);
  }
  now = top;
  for (std::int64_t n = mode; n > 0 && now > little; --n) {
    now *= static_cast<double>(n) / (odds * static_cast<double>(tokens - n + 1));
    sum += now * tiles(n - 1);
  }
  return sum;
}

}  // namespace

std::vector<double> visit_probabilities(const expert_routing& r) {
  const auto experts = static_cast<std::size_t>(std::max(1, r.experts));
  const double visits = std::min<double>(std::max(0, r.per_token), static_cast<double>(experts));
  std::vector<double> p(experts, visits / static_cast<double>(experts));
  if (r.skew == 0) return p;
  for (std::size_t i = 0; i < experts; ++i) p[i] = std::pow(static_cast<double>(i + 1), -r.skew);
  // The most popular experts reach one; the others share what is left by their weights. Sums from
  // the small end lose nothing.
  std::vector<double> weight(experts + 1, 0);
  for (std::size_t i = experts; i-- > 0;) weight[i] = weight[i + 1] + p[i];
  double left = visits;
  for (std::size_t i = 0; i < experts; ++i) {
    p[i] = std::min(1.0, p[i] * left / weight[i]);
    left -= p[i];
  }
  return p;
}

double expected_row_tiles(const expert_routing& r, std::int64_t tokens, std::int64_t rows) {
  if (tokens <= 0 || rows <= 0) return 0;
  const std::vector<double> p = visit_probabilities(r);
  double sum = 0;
  double one = 0;
  for (std::size_t e = 0; e < p.size(); ++e) {
    if (e == 0 || p[e] != p[e - 1]) one = expected_tiles_of_expert(tokens, p[e], rows);
    sum += one;
  }
  return sum;
}

double expected_active_experts(const expert_routing& r, double tokens) {
  if (r.skew == 0) {
    const double p = std::min(1.0, static_cast<double>(r.per_token) / r.experts);
    return p >= 1 ? (tokens > 0 ? r.experts : 0) : -r.experts * std::expm1(tokens * std::log1p(-p));
  }
  double sum = 0;
  for (const double p : visit_probabilities(r)) {
    sum += p >= 1 ? (tokens > 0 ? 1 : 0) : -std::expm1(tokens * std::log1p(-p));
  }
  return sum;
}

busiest_rank expected_busiest_rank(const expert_routing& r, std::int64_t tokens, int ranks) {
  busiest_rank busiest;
  if (tokens <= 0) return busiest;
  if (ranks <= 1) {
    return {expected_active_experts(r, static_cast<double>(tokens)),
            static_cast<double>(tokens) * r.per_token};
  }
  std::vector<double> p = visit_probabilities(r);
  const double visits = tokens > 1 ? busiest_visits(p, tokens, ranks) : 0;
  if (r.skew == 0) {
    busiest.active_experts = busiest_active_uniform(r, tokens, ranks);
  } else {
    for (double& each : p) {
      each = each >= 1 ? 1 : -std::expm1(static_cast<double>(tokens) * std::log1p(-each));
    }
    busiest.active_experts = busiest_active_skewed(p, ranks);
  }
  busiest.visits = std::max(visits, busiest.active_experts);
  return busiest;
}

std::vector<std::int64_t> draw_expert_tokens(const expert_routing& r, std::int64_t tokens,
                                             std::uint64_t seed) {
  const std::vector<double> p = visit_probabilities(r);
  std::vector<std::int64_t> drawn(p.size(), 0);
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::mt19937_64 engine(seed);
  for (std::int64_t token = 0; token < tokens; ++token) {
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[engine() % i]);
    // Points u, u+1, ... on the line of probabilities laid end to end.
    double next = static_cast<double>(engine() >> 11) * 0x1.0p-53;
    double end = 0;
    int taken = 0;
    for (const std::size_t e : order) {
      end += p[e];
      if (end <= next || taken == r.per_token) continue;
      ++drawn[e];
      ++taken;
      next += 1;
    }
    // Rounding may leave the last point beyond the end of the line.
    if (taken < r.per_token) ++drawn[order.back()];
  }
  return drawn;
}

}  // namespace lamina
