// SPDX-License-Identifier: Apache-2.0
#include "lamina/explore/evaluate.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <mutex>
#include <thread>
#include <tuple>

#include "point_worker.h"

namespace lamina::explore {
namespace {

/// A thread takes all points of one chip, whose kernels it then finds once. Of few chips, it takes
/// one of so many parts of their mappings and workloads. The same for any number of jobs.
constexpr std::uint64_t parts_of_a_chip = 8;
constexpr std::uint64_t few_chips = 32;
constexpr std::size_t batch = 512;

setting_kind kind_of(const config::sweep_axis& axis) {
  setting_kind kind = setting_kind::light;
  for (const config::sweep_value& value : axis.values) {
    for (const std::string& one : value.settings) kind = std::min(kind, explore::kind_of(one));
  }
  return kind;
}

/// Where a point stands: chip, part of its mappings and workloads, network, the rest.
class place_finder {
 public:
  explicit place_finder(const space& of) : of_(of) {
    std::uint64_t chips = 1;
    for (const config::sweep_axis& axis : of.axes) {
      kinds_.push_back(kind_of(axis));
      if (kinds_.back() == setting_kind::light) lights_ *= axis.values.size();
      if (kinds_.back() == setting_kind::chip) chips *= axis.values.size();
    }
    if (chips < few_chips) parts_ = parts_of_a_chip;
  }
  using place = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t>;
  place operator()(std::uint64_t point) const {
    const std::vector<std::size_t> digits = digits_of(of_, point);
    std::uint64_t at[3] = {0, 0, 0};
    for (std::size_t i = 0; i < digits.size(); ++i) {
      std::uint64_t& one = at[static_cast<std::size_t>(kinds_[i])];
      one = one * of_.axes[i].values.size() + digits[i];
    }
    const std::uint64_t each = std::max<std::uint64_t>(1, lights_ / parts_);
    return {at[0], at[2] / each, at[1], at[2]};
  }

 private:
  const space& of_;
  std::vector<setting_kind> kinds_;
  std::uint64_t lights_ = 1;
  std::uint64_t parts_ = 1;
};

struct placed {
  place_finder::place at;
  std::uint64_t point;
};

std::vector<placed> sorted_by_place(const space& of, const std::vector<std::uint64_t>& points) {
  const place_finder find(of);
  std::vector<placed> all;
  all.reserve(points.size());
  for (const std::uint64_t point : points) all.push_back({find(point), point});
  std::sort(all.begin(), all.end(), [](const placed& a, const placed& b) { return a.at < b.at; });
  return all;
}

/// What threads take, one after the other.
class queue {
 public:
  explicit queue(std::vector<placed> all) : all_(std::move(all)) {}

  /// The next points of one chip and part; empty at the end.
  std::vector<std::uint64_t> take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<std::uint64_t> some;
    const std::size_t first = next_;
    while (next_ < all_.size() && std::get<0>(all_[next_].at) == std::get<0>(all_[first].at) &&
           std::get<1>(all_[next_].at) == std::get<1>(all_[first].at)) {
      some.push_back(all_[next_++].point);
    }
    return some;
  }

 private:
  std::mutex mutex_;
  std::vector<placed> all_;
  std::size_t next_ = 0;
};

}  // namespace

void sort_by_hardware(const space& of, std::vector<std::uint64_t>& points) {
  const std::vector<placed> sorted = sorted_by_place(of, points);
  std::transform(sorted.begin(), sorted.end(), points.begin(),
                 [](const placed& one) { return one.point; });
}

void evaluate(const space& of, std::vector<std::uint64_t> points, const evaluation_options& options,
              const std::function<void(std::vector<point_result>)>& deliver) {
  queue work(sorted_by_place(of, points));
  known_networks networks;
  std::mutex mutex;
  std::atomic<bool> failed{false};
  std::exception_ptr failure;
  const auto stopped = [&] { return failed || (options.stop != nullptr && *options.stop); };
  const auto hand_over = [&](std::vector<point_result>& done) {
    const std::lock_guard<std::mutex> lock(mutex);
    if (!done.empty() && !failed) deliver(std::move(done));
    done.clear();
  };
  const auto run = [&] {
    try {
      using clock = std::chrono::steady_clock;
      point_worker worker(of, networks);
      std::vector<point_result> done;
      clock::time_point last = clock::now();
      for (auto some = work.take(); !some.empty() && !stopped(); some = work.take()) {
        for (const std::uint64_t point : some) {
          if (stopped()) break;
          done.push_back(worker.evaluate(point));
          if (done.size() < batch && clock::now() - last < std::chrono::milliseconds(500)) continue;
          hand_over(done);
          last = clock::now();
        }
      }
      hand_over(done);
    } catch (...) {
      const std::lock_guard<std::mutex> lock(mutex);
      if (!failed) failure = std::current_exception();
      failed = true;
    }
  };
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::thread> threads;
  const unsigned jobs = options.jobs > 0 ? static_cast<unsigned>(options.jobs) : cores;
  for (unsigned i = 1; i < jobs; ++i) threads.emplace_back(run);
  run();
  for (std::thread& one : threads) one.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace lamina::explore
