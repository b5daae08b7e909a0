// SPDX-License-Identifier: Apache-2.0
#include <mpi.h>
#include <sched.h>

#include <algorithm>
#include <boost/mpi/communicator.hpp>
#include <boost/mpi/environment.hpp>
#include <boost/mpi/nonblocking.hpp>
#include <boost/serialization/array.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>
#include <chrono>
#include <list>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include "rank_team.h"

namespace boost::serialization {

template <typename Archive>
void serialize(Archive& in, lamina::explore::point_result& one, unsigned) {
  in& one.point& one.what& one.why& one.hash& one.values& one.bound_by& one.bound_share;
}

}  // namespace boost::serialization

namespace lamina::app {
namespace {

namespace mpi = boost::mpi;
using explore::point_result;

/// What ranks tell the first: it is free, it found something, it ends; and the first them. Every
/// rank gets tag_stop once: while it works, or when it has said that it ends.
enum tag : int { tag_free = 1, tag_results, tag_end, tag_points, tag_stop };

/// How a rank ended.
struct farewell {
  bool stopped = false;  ///< before it had done all that it was handed
  std::string failure;
  template <typename Archive>
  void serialize(Archive& in, unsigned) {
    in& stopped& failure;
  }
};

/// Hands points over in the order of their hardware: at first long runs, so that a rank keeps what
/// neighbours share, at last short ones, so that all end together.
class hand_out {
 public:
  hand_out(const explore::space& of, std::vector<std::uint64_t> points, int ranks)
      : points_(std::move(points)), ranks_(static_cast<std::size_t>(ranks)) {
    sort_by_hardware(of, points_);
  }
  std::vector<std::uint64_t> take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    const std::size_t left = points_.size() - next_;
    const std::size_t count = std::min(left, std::max(shortest, left / (2 * ranks_)));
    const auto from = points_.begin() + static_cast<std::ptrdiff_t>(next_);
    next_ += count;
    return {from, from + static_cast<std::ptrdiff_t>(count)};
  }
  void close() {
    const std::lock_guard<std::mutex> lock(mutex_);
    next_ = points_.size();
  }

 private:
  static constexpr std::size_t shortest = 64;
  std::mutex mutex_;
  std::vector<std::uint64_t> points_;
  std::size_t ranks_;
  std::size_t next_ = 0;
};

/// Cores for each rank of this machine: those that mpirun bound it to, or a fair share.
int cores_of_rank(const mpi::communicator& world) {
  MPI_Comm beside = MPI_COMM_NULL;
  int ranks_here = 1;
  MPI_Comm_split_type(world, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &beside);
  MPI_Comm_size(beside, &ranks_here);
  MPI_Comm_free(&beside);
  const int all = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  cpu_set_t bound;
  const int own = sched_getaffinity(0, sizeof bound, &bound) == 0 ? CPU_COUNT(&bound) : all;
  return std::max(1, own < all ? own : all / ranks_here);
}

}  // namespace

struct rank_team::state {
  // Threads of a rank other than the first send one at a time; of the first, its main one alone.
  mpi::environment environment{mpi::threading::serialized, false};
  mpi::communicator world;
  int others_left = world.size() - 1;  ///< that have not said that they end
  int cores = cores_of_rank(world);
  std::vector<std::size_t> found = std::vector<std::size_t>(static_cast<std::size_t>(world.size()));

  int jobs_of(int asked) const {
    if (environment.thread_level() < mpi::threading::serialized) return 1;
    return asked > 0 ? asked : cores;
  }
  std::vector<bool> told = std::vector<bool>(static_cast<std::size_t>(world.size()), false);
  void tell_to_stop(int rank) {
    if (told[static_cast<std::size_t>(rank)]) return;
    told[static_cast<std::size_t>(rank)] = true;
    world.send(rank, tag_stop);
  }
  void tell_all_to_stop() {
    for (int other = 1; other < world.size(); ++other) tell_to_stop(other);
  }
  void say_goodbye(const farewell& how, bool was_told) {
    world.send(0, tag_end, how);
    if (!was_told) world.recv(0, tag_stop);
  }
  void answer(const mpi::status& from, hand_out& left, const delivery& deliver,
              std::string& failure, std::atomic<bool>& stop);
};

rank_team::rank_team() : state_(std::make_unique<state>()) {}

rank_team::~rank_team() {
  if (state_->world.rank() != 0 || state_->others_left == 0) return;
  // Nothing was to be done, or an exception passes: the others ask for points, and get none.
  try {
    hand_out none({}, {}, 1);
    std::string ignored;
    std::atomic<bool> stop{false};
    while (state_->others_left > 0) {
      state_->answer(
          state_->world.probe(), none, [](auto) {}, ignored, stop);
    }
  } catch (...) {  // ranks that are gone are mpirun's
  }
}

/// One message, on the first rank.
void rank_team::state::answer(const mpi::status& from, hand_out& left, const delivery& deliver,
                              std::string& failure, std::atomic<bool>& stop) {
  const int rank = from.source();
  if (from.tag() == tag_free) {
    world.recv(rank, tag_free);
    world.send(rank, tag_points, left.take());
  } else if (from.tag() == tag_results) {
    std::vector<point_result> results;
    world.recv(rank, tag_results, results);
    found[static_cast<std::size_t>(rank)] += results.size();
    deliver(std::move(results));
  } else if (from.tag() == tag_end) {
    farewell how;
    world.recv(rank, tag_end, how);
    --others_left;
    tell_to_stop(rank);
    if (how.stopped) stop = true;
    if (!how.failure.empty()) failure = "rank " + std::to_string(rank) + ": " + how.failure;
  }
}

void rank_team::evaluate(const explore::space& of, std::vector<std::uint64_t> points, int jobs,
                         std::atomic<bool>& stop, const delivery& deliver) {
  hand_out left(of, std::move(points), state_->world.size());
  std::mutex one_at_a_time;
  std::atomic<bool> own_end{false};
  std::exception_ptr own_failure;
  std::string failure;
  const auto locked = [&](std::vector<point_result> results) {
    const std::lock_guard<std::mutex> lock(one_at_a_time);
    deliver(std::move(results));
  };
  std::thread own([&] {
    try {
      for (auto some = left.take(); !some.empty() && !stop; some = left.take()) {
        explore::evaluate(of, std::move(some), {state_->jobs_of(jobs), &stop},
                          [&](std::vector<point_result> results) {
                            state_->found.front() += results.size();
                            locked(std::move(results));
                          });
      }
    } catch (...) {
      own_failure = std::current_exception();
      stop = true;
    }
    own_end = true;
  });
  try {
    while (state_->others_left > 0 || !own_end) {
      if (stop) {
        left.close();
        state_->tell_all_to_stop();
      }
      // Asked again and again, so that a signal is seen and the own threads keep the core.
      if (const auto message = state_->world.iprobe()) {
        state_->answer(*message, left, locked, failure, stop);
        if (!failure.empty()) stop = true;
      } else {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    }
  } catch (...) {
    stop = true;
    state_->tell_all_to_stop();
    own.join();
    throw;
  }
  own.join();
  if (own_failure) std::rethrow_exception(own_failure);
  if (!failure.empty()) throw rank_error(failure);
}

const std::vector<std::size_t>& rank_team::points_by_rank() const { return state_->found; }

void rank_team::serve(const explore::space& of, int jobs, std::atomic<bool>& stop) {
  mpi::communicator& world = state_->world;
  farewell how;
  bool told = false;
  const auto look_for_stop = [&] {
    if (told || !world.iprobe(0, tag_stop)) return;
    world.recv(0, tag_stop);
    told = true;
    stop = true;
  };
  try {
    while (!stop) {
      std::vector<std::uint64_t> some;
      world.send(0, tag_free);
      world.recv(0, tag_points, some);
      if (some.empty()) break;
      explore::evaluate(of, std::move(some), {state_->jobs_of(jobs), &stop},
                        [&](std::vector<point_result> results) {
                          world.send(0, tag_results, results);
                          look_for_stop();
                        });
    }
  } catch (const std::exception& problem) {
    how.failure = problem.what();
  }
  how.stopped = stop;
  state_->say_goodbye(how, told);
}

void rank_team::refuse(const std::string& why) { state_->say_goodbye({false, why}, false); }

}  // namespace lamina::app
