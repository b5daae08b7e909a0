// SPDX-License-Identifier: Apache-2.0
#include "lamina/explore/store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>

#include "lamina/platforms/envelope.h"

namespace lamina::explore {
namespace {

/// Of the tables below; raised with every change to them.
constexpr int layout_version = 2;

/// "tokens_per_s REAL, ..." or without the type.
std::string metric_columns(const char* type) {
  std::string text;
  for (const metric one : all_metrics()) text += std::string(name_of(one)) + type + ", ";
  return text;
}

std::string tables() {
  return R"(
CREATE TABLE space(hash TEXT NOT NULL, name TEXT NOT NULL, program TEXT NOT NULL);
CREATE TABLE points(
  point INTEGER PRIMARY KEY, state INTEGER NOT NULL, why TEXT NOT NULL, hash TEXT NOT NULL,
  )" + metric_columns(" REAL") +
         R"(bound_by TEXT NOT NULL, bound_share REAL NOT NULL);
CREATE TABLE checks(
  point INTEGER PRIMARY KEY, chosen_as TEXT NOT NULL, analytical_s REAL NOT NULL,
  tlm_s REAL NOT NULL, simulated_share REAL NOT NULL, error TEXT NOT NULL);
CREATE TABLE runs(run INTEGER PRIMARY KEY, added INTEGER NOT NULL, repeated INTEGER NOT NULL);
PRAGMA user_version=)" +
         std::to_string(layout_version) + ';';
}

/// What SQLite says, and what to do about it.
store_error problem_of(sqlite3* db, const std::string& file) {
  const std::string start = file + ": ";
  const std::string said = sqlite3_errmsg(db);
  switch (sqlite3_errcode(db) & 0xff) {  // the rest tells where it happened
    case SQLITE_FULL:
    case SQLITE_IOERR:
      return store_error(start + said +
                         "; is the disk full? What was put before is kept: make room, and start "
                         "the same command again");
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return store_error(start + said +
                         "; expected a folder and files that may be written; give another --out, "
                         "or change their permissions");
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return store_error(start + said +
                         "; expected what 'lamina explore --out' wrote; give another --out, or "
                         "remove the file");
    case SQLITE_BUSY:
      return store_error(start + said + " by another program; wait for it, or give another --out");
    default:
      return store_error(start + said);
  }
}

struct statement {
  statement(sqlite3* in, const std::string& of_file, const char* sql) : db(in), file(of_file) {
    if (sqlite3_prepare_v2(db, sql, -1, &handle, nullptr) != SQLITE_OK) throw problem_of(db, file);
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
    if (code != SQLITE_ROW && code != SQLITE_DONE) throw problem_of(db, file);
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
  const std::string& file;
  sqlite3_stmt* handle = nullptr;
};

}  // namespace

struct result_store::state {
  explicit state(std::string of_file) : file(std::move(of_file)) {}
  ~state() {
    sqlite3_close(db);
    if (lock >= 0) ::close(lock);
  }
  state(const state&) = delete;
  state& operator=(const state&) = delete;

  void run(const std::string& sql) {
    if (sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
      throw problem_of(db, file);
    }
  }
  statement prepare(const std::string& sql) { return {db, file, sql.c_str()}; }
  std::uint64_t ask(const std::string& sql) {
    statement one = prepare(sql);
    one.step();
    return one.whole(0);
  }
  void open(const space& of, bool make);
  void lock_folder();
  void check_version(std::uint64_t version);
  void check_space(const space& of);
  void count(std::uint64_t added, std::uint64_t repeated);

  template <typename Work>
  void in_transaction(Work work) {
    run("BEGIN IMMEDIATE");
    try {
      work();
      run("COMMIT");
    } catch (const store_error&) {
      sqlite3_exec(db, "ROLLBACK", nullptr, nullptr, nullptr);
      throw;
    }
  }

  std::string file;
  sqlite3* db = nullptr;
  int lock = -1;
  std::uint64_t own_run = 0;  ///< row of `runs`, once something was put
};

void result_store::state::open(const space& of, bool make) {
  std::error_code ignored;
  if (!make && !std::filesystem::exists(file, ignored)) {
    throw store_error(file + ": there is no such file; expected what 'lamina explore --out' wrote");
  }
  const int flags = SQLITE_OPEN_READWRITE | (make ? SQLITE_OPEN_CREATE : 0);
  if (sqlite3_open_v2(file.c_str(), &db, flags, nullptr) != SQLITE_OK) throw problem_of(db, file);
  sqlite3_busy_timeout(db, 5'000);
  // A database of somebody else is left as it is, down to how it keeps its journal.
  const std::uint64_t version = ask("PRAGMA user_version");
  if (ask("SELECT count(*) FROM sqlite_master") != 0 || version != 0) {
    check_version(version);
    check_space(of);
  }
  if (make) lock_folder();
  run("PRAGMA journal_mode=WAL");
  run("PRAGMA synchronous=NORMAL");
  in_transaction([&] {
    if (ask("SELECT count(*) FROM sqlite_master") != 0) return;
    run(tables());
    statement put = prepare("INSERT INTO space VALUES(?,?,?)");
    put.bind(1, of.hash);
    put.bind(2, of.name);
    put.bind(3, std::string(platforms::version()));
    put.step();
  });
  check_version(ask("PRAGMA user_version"));
  check_space(of);
}

/// One program at a time evaluates into a folder: two would do the same points. The lock ends with
/// the process, however it ends, and is not handed down to the children that simulate.
void result_store::state::lock_folder() {
  const std::string name = file + ".lock";
  lock = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  struct flock all = {};
  all.l_type = F_WRLCK;
  all.l_whence = SEEK_SET;
  if (lock >= 0 && ::fcntl(lock, F_SETLK, &all) == 0) return;
  if (errno == EACCES || errno == EAGAIN) {
    throw store_error(file +
                      ": another lamina is at work in this folder; wait for it, or give "
                      "another --out ('--shard I/N' shares a space)");
  }
  throw store_error(name + ": " + std::strerror(errno) +
                    "; expected a folder and files that may be written");
}

void result_store::state::check_version(std::uint64_t version) {
  if (version == layout_version) return;
  throw store_error(file + ": a database of layout " + std::to_string(version) +
                    ", and this program writes layout " + std::to_string(layout_version) +
                    "; give another --out, or remove the file");
}

void result_store::state::check_space(const space& of) {
  statement found = prepare("SELECT hash, name, program FROM space");
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

/// In the transaction that puts the points, so that the sum over all runs is what was finished.
void result_store::state::count(std::uint64_t added, std::uint64_t repeated) {
  const std::uint64_t run_of_this =
      own_run != 0 ? own_run : ask("SELECT coalesce(max(run), 0) + 1 FROM runs");
  statement put = prepare(
      "INSERT INTO runs VALUES(?1,?2,?3) ON CONFLICT(run) DO UPDATE SET "
      "added = added + ?2, repeated = repeated + ?3");
  put.bind(1, run_of_this);
  put.bind(2, added);
  put.bind(3, repeated);
  put.step();
  own_run = run_of_this;
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
    std::string marks;
    for (std::size_t i = 0; i < metric_count + 6; ++i) marks += i == 0 ? "?" : ",?";
    statement put = state_->prepare("INSERT OR IGNORE INTO points VALUES(" + marks + ')');
    std::uint64_t added = 0;
    for (const point_result& one : results) {
      put.bind(1, one.point);
      put.bind(2, static_cast<std::uint64_t>(one.what));
      put.bind(3, one.why);
      put.bind(4, one.hash);
      int at = 5;
      for (const double value : one.values) put.bind(at++, value);
      put.bind(at++, one.bound_by);
      put.bind(at, one.bound_share);
      put.step();
      added += static_cast<std::uint64_t>(sqlite3_changes(state_->db));
      put.reset();
    }
    state_->count(added, results.size() - added);
  });
}

void result_store::put(const std::vector<spot_check>& checks) {
  state_->in_transaction([&] {
    statement put = state_->prepare("INSERT OR REPLACE INTO checks VALUES(?,?,?,?,?,?)");
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
  statement ask = state_->prepare("SELECT point FROM points ORDER BY point");
  std::vector<std::uint64_t> known;
  while (ask.step()) known.push_back(ask.whole(0));
  return known;
}

std::vector<point_result> result_store::results() {
  statement ask = state_->prepare("SELECT point, state, why, hash, " + metric_columns("") +
                                  "bound_by, bound_share FROM points ORDER BY point");
  std::vector<point_result> all;
  while (ask.step()) {
    point_result one;
    one.point = ask.whole(0);
    one.what = static_cast<point_result::state>(ask.whole(1));
    one.why = ask.text(2);
    one.hash = ask.text(3);
    int at = 4;
    for (double& value : one.values) value = ask.real(at++);
    one.bound_by = ask.text(at++);
    one.bound_share = ask.real(at);
    all.push_back(std::move(one));
  }
  return all;
}

std::vector<spot_check> result_store::checks() {
  statement ask = state_->prepare(
      "SELECT point, chosen_as, analytical_s, tlm_s, simulated_share, error FROM checks "
      "ORDER BY point");
  std::vector<spot_check> all;
  while (ask.step()) {
    all.push_back({ask.whole(0), ask.text(1), ask.real(2), ask.real(3), ask.real(4), ask.text(5)});
  }
  return all;
}

double result_store::best(metric of) {
  statement ask = state_->prepare(std::string("SELECT ") + (more_is_better(of) ? "max(" : "min(") +
                                  std::string(name_of(of)) + ") FROM points WHERE state = 0");
  ask.step();
  return ask.real(0);
}

std::vector<run_count> result_store::runs() {
  statement ask = state_->prepare("SELECT added, repeated FROM runs ORDER BY run");
  std::vector<run_count> all;
  while (ask.step()) all.push_back({ask.whole(0), ask.whole(1)});
  return all;
}

}  // namespace lamina::explore
