// SPDX-License-Identifier: Apache-2.0
#include "lamina/explore/store.h"

#include <sqlite3.h>

#include <filesystem>
#include <limits>

#include "lamina/platforms/envelope.h"

namespace lamina::explore {
namespace {

/// Of the tables below; raised with every change to them.
constexpr int layout_version = 1;

constexpr const char* tables = R"(
CREATE TABLE space(hash TEXT NOT NULL, name TEXT NOT NULL, program TEXT NOT NULL);
CREATE TABLE points(
  point INTEGER PRIMARY KEY, state INTEGER NOT NULL, why TEXT NOT NULL, hash TEXT NOT NULL,
  tokens_per_s REAL, tokens_per_s_user REAL, time_per_token REAL, die_area REAL, memory_used REAL,
  bound_by TEXT NOT NULL, bound_share REAL NOT NULL);
CREATE TABLE checks(
  point INTEGER PRIMARY KEY, chosen_as TEXT NOT NULL, analytical_s REAL NOT NULL,
  tlm_s REAL NOT NULL, simulated_share REAL NOT NULL, error TEXT NOT NULL);
)";

struct statement {
  statement(sqlite3* in, const char* sql) : db(in) {
    if (sqlite3_prepare_v2(db, sql, -1, &handle, nullptr) != SQLITE_OK) {
      throw store_error(sqlite3_errmsg(db));
    }
  }
  ~statement() { sqlite3_finalize(handle); }
  statement(const statement&) = delete;
  statement& operator=(const statement&) = delete;

  void bind(int at, const std::string& text) {
    sqlite3_bind_text(handle, at, text.c_str(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
  }
  void bind(int at, double value) { sqlite3_bind_double(handle, at, value); }  // NaN: null
  void bind(int at, std::uint64_t value) {
    sqlite3_bind_int64(handle, at, static_cast<sqlite3_int64>(value));
  }
  /// Whether there is a row.
  bool step() {
    const int code = sqlite3_step(handle);
    if (code != SQLITE_ROW && code != SQLITE_DONE) throw store_error(sqlite3_errmsg(db));
    return code == SQLITE_ROW;
  }
  void reset() { sqlite3_reset(handle); }
  std::string text(int at) const {
    const unsigned char* found = sqlite3_column_text(handle, at);
    return found == nullptr ? "" : reinterpret_cast<const char*>(found);
  }
  double real(int at) const {
    if (sqlite3_column_type(handle, at) == SQLITE_NULL) {
      return std::numeric_limits<double>::quiet_NaN();
    }
    return sqlite3_column_double(handle, at);
  }
  std::uint64_t whole(int at) const {
    return static_cast<std::uint64_t>(sqlite3_column_int64(handle, at));
  }

  sqlite3* db;
  sqlite3_stmt* handle = nullptr;
};

}  // namespace

struct result_store::state {
  explicit state(std::string of_file) : file(std::move(of_file)) {}
  ~state() { sqlite3_close(db); }
  state(const state&) = delete;
  state& operator=(const state&) = delete;

  void run(const char* sql) {
    if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
  }
  [[noreturn]] void fail() const { throw store_error(file + ": " + sqlite3_errmsg(db)); }
  void open(const space& of, bool make);
  void check_version(const space& of);

  template <typename Work>
  void in_transaction(Work work) {
    run("BEGIN IMMEDIATE");
    try {
      work();
      run("COMMIT");
    } catch (const store_error& problem) {
      sqlite3_exec(db, "ROLLBACK", nullptr, nullptr, nullptr);
      const std::string what = problem.what();
      throw store_error(what.compare(0, file.size(), file) == 0 ? what : file + ": " + what);
    }
  }

  std::string file;
  sqlite3* db = nullptr;
};

void result_store::state::open(const space& of, bool make) {
  if (!make && !std::filesystem::exists(file)) {
    throw store_error(file + ": there is no such file; expected what 'lamina explore --out' wrote");
  }
  const int flags = SQLITE_OPEN_READWRITE | (make ? SQLITE_OPEN_CREATE : 0);
  if (sqlite3_open_v2(file.c_str(), &db, flags, nullptr) != SQLITE_OK) fail();
  sqlite3_busy_timeout(db, 5'000);
  run("PRAGMA journal_mode=WAL");
  run("PRAGMA synchronous=NORMAL");
  check_version(of);
}

void result_store::state::check_version(const space& of) {
  int version = 0;
  in_transaction([&] {
    statement ask(db, "PRAGMA user_version");
    ask.step();
    version = static_cast<int>(ask.whole(0));
    statement count(db, "SELECT count(*) FROM sqlite_master");
    count.step();
    if (version != 0 || count.whole(0) != 0) return;
    run(tables);
    run(("PRAGMA user_version=" + std::to_string(layout_version)).c_str());
    statement put(db, "INSERT INTO space VALUES(?,?,?)");
    put.bind(1, of.hash);
    put.bind(2, of.name);
    put.bind(3, std::string(platforms::version()));
    put.step();
    version = layout_version;
  });
  if (version != layout_version) {
    throw store_error(file + ": a database of layout " + std::to_string(version) +
                      ", and this program writes layout " + std::to_string(layout_version) +
                      "; give another --out, or remove the file");
  }
  statement found(db, "SELECT hash, name, program FROM space");
  if (!found.step()) throw store_error(file + ": the table 'space' is empty; give another --out");
  if (found.text(0) != of.hash) {
    throw store_error(file + ": holds results of '" + found.text(1) + "' (" + found.text(0) +
                      "), and this space is another or has changed (" + of.hash +
                      "); give another --out, or remove the file");
  }
  if (found.text(2) != platforms::version()) {
    throw store_error(file + ": written by lamina " + found.text(2) + ", this is " +
                      std::string(platforms::version()) +
                      "; give another --out, or remove the file");
  }
}

result_store::result_store(std::unique_ptr<state> opened) : state_(std::move(opened)) {}
result_store::result_store(const std::string& folder, const space& of)
    : state_(std::make_unique<state>((std::filesystem::path(folder) / "results.sqlite").string())) {
  state_->open(of, true);
}
result_store result_store::existing(const std::string& folder, const space& of) {
  auto opened =
      std::make_unique<state>((std::filesystem::path(folder) / "results.sqlite").string());
  opened->open(of, false);
  return result_store(std::move(opened));
}
result_store::~result_store() = default;
result_store::result_store(result_store&&) noexcept = default;
result_store& result_store::operator=(result_store&&) noexcept = default;

const std::string& result_store::file() const { return state_->file; }

void result_store::put(const std::vector<point_result>& results) {
  state_->in_transaction([&] {
    statement put(state_->db, "INSERT OR IGNORE INTO points VALUES(?,?,?,?,?,?,?,?,?,?,?)");
    for (const point_result& one : results) {
      put.bind(1, one.point);
      put.bind(2, static_cast<std::uint64_t>(one.what));
      put.bind(3, one.why);
      put.bind(4, one.hash);
      for (std::size_t i = 0; i < metric_count; ++i) {
        put.bind(5 + static_cast<int>(i), one.values[i]);
      }
      put.bind(10, one.bound_by);
      put.bind(11, one.bound_share);
      put.step();
      put.reset();
    }
  });
}

void result_store::put(const std::vector<spot_check>& checks) {
  state_->in_transaction([&] {
    statement put(state_->db, "INSERT OR REPLACE INTO checks VALUES(?,?,?,?,?,?)");
    for (const spot_check& one : checks) {
      put.bind(1, one.point);
      put.bind(2, one.chosen_as);
      put.bind(3, one.analytical_s);
      put.bind(4, one.tlm_s);
      put.bind(5, one.simulated_share);
      put.bind(6, one.error);
      put.step();
      put.reset();
    }
  });
}

std::vector<std::uint64_t> result_store::known_points() {
  statement ask(state_->db, "SELECT point FROM points ORDER BY point");
  std::vector<std::uint64_t> known;
  while (ask.step()) known.push_back(ask.whole(0));
  return known;
}

std::vector<point_result> result_store::results() {
  statement ask(state_->db,
                "SELECT point, state, why, hash, tokens_per_s, tokens_per_s_user, time_per_token, "
                "die_area, memory_used, bound_by, bound_share FROM points ORDER BY point");
  std::vector<point_result> all;
  while (ask.step()) {
    point_result one;
    one.point = ask.whole(0);
    one.what = static_cast<point_result::state>(ask.whole(1));
    one.why = ask.text(2);
    one.hash = ask.text(3);
    for (std::size_t i = 0; i < metric_count; ++i) {
      one.values[i] = ask.real(4 + static_cast<int>(i));
    }
    one.bound_by = ask.text(9);
    one.bound_share = ask.real(10);
    all.push_back(std::move(one));
  }
  return all;
}

std::vector<spot_check> result_store::checks() {
  statement ask(state_->db,
                "SELECT point, chosen_as, analytical_s, tlm_s, simulated_share, error FROM checks "
                "ORDER BY point");
  std::vector<spot_check> all;
  while (ask.step()) {
    all.push_back({ask.whole(0), ask.text(1), ask.real(2), ask.real(3), ask.real(4), ask.text(5)});
  }
  return all;
}

}  // namespace lamina::explore
