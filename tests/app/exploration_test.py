# SPDX-License-Identifier: Apache-2.0
"""Explores a space of more than 100 000 points, and what can happen to it on the way.

usage: exploration_test.py PROGRAM [unittest arguments]

The front is found here a second time, from the values alone, and points are run again by
`lamina run`. The seed of what is drawn is LAMINA_TEST_SEED, printed when it was not given.
"""
import contextlib
import csv
import json
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = ""
LARGE = "data/space_large.yaml"
SMALL = "../explore/small_space.yaml"
PLATFORM = "../../configs/platforms/system_4xmi325x.yaml"
AXES = ["network.levels.0.bandwidth", "mapping", "workload.batch", "workload.context"]
OBJECTIVES = {"tokens_per_s [/s]": -1, "tokens_per_s_user [/s]": -1, "memory_used": 1}
POINTS = 103680
KILLS = 30
# Fewer points of the same space, for what has to happen often.
SAMPLE = ("--set", "sampling={method: sobol, points: 20000, seed: 3}")


def lamina(*arguments, launcher=(), **how):
    return subprocess.run([*launcher, PROGRAM, *map(str, arguments)], cwd=HERE,
                          capture_output=True, text=True, timeout=300, check=False, **how)


def rows_of(file):
    with open(file, newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))


def explored(folder, *extra, **how):
    """points.csv and front.csv of a run that must be fine."""
    done = lamina("explore", LARGE, "--out", folder, "--checks", "0", "--quiet", *extra, **how)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return tables_of(folder)


def tables_of(folder):
    return tuple((pathlib.Path(folder) / name).read_bytes() for name in ("points.csv", "front.csv"))


def runs_of(folder):
    """Of each run of the program: points that it added, points that were there before."""
    with contextlib.closing(sqlite3.connect(folder / "results.sqlite")) as database:
        return database.execute("SELECT added, repeated FROM runs").fetchall()


def front_of(rows):
    """Points that no other dominates: nobody earlier in the order of the first objective does."""
    costs = [(tuple(sign * float(row[name]) for name, sign in OBJECTIVES.items()), row["point"])
             for row in rows if row["state"] == "feasible"]
    front = []
    for cost, point in sorted(costs):
        beaten = any(other != cost and all(a <= b for a, b in zip(other, cost))
                     for other, _ in front)
        if not beaten:
            front.append((cost, point))
    return sorted((point for _, point in front), key=int)


class Scratch(unittest.TestCase):
    """What the classes below compare with: never interrupted, all points with one job."""
    out = whole = seconds = rows = sample = None
    count = 0
    random = random.Random(0)

    @classmethod
    def setUpClass(cls):
        if Scratch.out is not None:
            return
        folder = tempfile.TemporaryDirectory()
        unittest.addModuleCleanup(folder.cleanup)
        Scratch.out = pathlib.Path(folder.name)
        started = time.monotonic()
        Scratch.whole = explored(Scratch.out / "whole", "--jobs", "1")
        Scratch.seconds = time.monotonic() - started
        Scratch.rows = rows_of(Scratch.out / "whole" / "points.csv")
        Scratch.sample = explored(Scratch.out / "sample", *SAMPLE)
        Scratch.count = len(rows_of(Scratch.out / "sample" / "points.csv"))
        seed = int(os.environ.get("LAMINA_TEST_SEED", time.time_ns() % 1_000_000))
        print(f"LAMINA_TEST_SEED={seed}, {Scratch.seconds:.1f} s for all points with one job",
              file=sys.stderr)
        Scratch.random = random.Random(seed)

    def enough(self):
        """Few enough points to be quick about it, and enough to be still at work in a while."""
        return SAMPLE if self.seconds > 15 else ()

    def goes_on(self, folder, extra=SAMPLE):
        """To the same end, and what was kept before is not repeated."""
        whole, count = (self.sample, self.count) if extra else (self.whole, POINTS)
        kept = sum(added for added, _ in runs_of(folder))
        self.assertEqual(explored(folder, *extra), whole)
        runs = runs_of(folder)
        self.assertEqual(runs[-1], (count - kept, 0))
        self.assertEqual(sum(added for added, _ in runs), count)
        return kept


class Enumeration(Scratch):
    def test_every_point_is_there_once(self):
        self.assertEqual([int(row["point"]) for row in self.rows], list(range(POINTS)))
        self.assertEqual(len({tuple(row[axis] for axis in AXES) for row in self.rows}), POINTS)

    def test_the_front_is_that_of_a_direct_enumeration(self):
        expected = front_of(self.rows)
        self.assertGreater(len(expected), 20)
        self.assertLess(len(expected), POINTS // 10)
        front = rows_of(self.out / "whole" / "front.csv")
        self.assertEqual([row["point"] for row in front], expected)
        self.assertEqual([row["point"] for row in self.rows if row["front"] == "1"], expected)

    def test_constraints_are_kept_and_no_other_point_is_lost(self):
        for row in self.rows:
            fits = float(row["memory_used"]) <= 1
            quick = float(row["time_per_token [s]"]) <= 0.040
            expected = (("feasible", "") if fits and quick else
                        ("infeasible", "time_per_token" if fits else "memory"))
            self.assertEqual((row["state"], row["why"]), expected, row)
        states = {row["why"] for row in self.rows}
        self.assertEqual(states, {"", "memory", "time_per_token"})

    def test_points_are_what_a_run_of_them_gives(self):
        front = [row for row in self.rows if row["front"] == "1"]
        for row in self.random.sample(self.rows, 24) + self.random.sample(front, 6):
            settings = [f"--set={axis}={row[axis]}" for axis in AXES if axis != "mapping"]
            done = lamina("run", PLATFORM, "--json", "--mapping", row["mapping"].replace(" ", ""),
                          *settings)
            self.assertIn(done.returncode, (0, 1), done.stderr)
            result = json.loads(done.stdout)["results"]["analytical"]
            self.assertEqual(result["fits"], row["why"] != "memory")
            for name, column in [("tokens_per_s", "tokens_per_s [/s]"),
                                 ("seconds", "time_per_token [s]")]:
                self.assertAlmostEqual(result[name] / float(row[column]), 1, places=12)

    def test_any_number_of_jobs_gives_the_same_bytes(self):
        for jobs in ("2", "4"):
            self.assertEqual(explored(self.out / jobs, "--jobs", jobs), self.whole)

    def test_shards_merged_give_the_same_bytes(self):
        parts = [self.out / f"part{n}" for n in (1, 2, 3)]
        for n, part in enumerate(parts, 1):
            explored(part, "--shard", f"{n}/3")
        sizes = [len(rows_of(part / "points.csv")) for part in parts]
        self.assertEqual(sum(sizes), POINTS)
        self.assertGreater(min(sizes), POINTS // 4)
        done = lamina("merge", LARGE, *parts, "--out", self.out / "merged", "--quiet")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(tables_of(self.out / "merged"), self.whole)


class Kills(Scratch):
    def test_killed_at_any_moment_it_goes_on_and_repeats_nothing(self):
        folder = self.out / "killed"
        killed = 0
        while killed < KILLS:
            process = subprocess.Popen(
                [PROGRAM, "explore", LARGE, "--out", folder, "--checks", "0", "--quiet"], cwd=HERE,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(self.random.uniform(0, 3 * self.seconds / KILLS))
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                killed += 1
            self.assertIn(process.wait(), (0, -signal.SIGKILL))
        self.assertEqual(explored(folder), self.whole)
        runs = runs_of(folder)
        self.assertGreater(len(runs), 5)  # that got far enough to keep something
        self.assertEqual(sum(added for added, _ in runs), POINTS)
        self.assertEqual([repeated for _, repeated in runs if repeated], [])
        self.assertEqual(sorted(file.name for file in folder.iterdir()
                                if file.name.endswith(".new")), [])

    def checks_of(self, folder):
        with contextlib.closing(sqlite3.connect(folder / "results.sqlite")) as database:
            return database.execute("SELECT * FROM checks ORDER BY point").fetchall()

    def test_killed_among_its_spot_checks_it_goes_on_with_those_that_are_left(self):
        command = [PROGRAM, "explore", SMALL, "--checks", "6", "--quiet", "--jobs", "1", "--out"]
        how = {"cwd": HERE, "stdout": subprocess.DEVNULL, "check": False, "timeout": 300}
        started = time.monotonic()
        self.assertEqual(subprocess.run([*command, self.out / "checks"], **how).returncode, 0)
        seconds = time.monotonic() - started
        expected = self.checks_of(self.out / "checks")
        self.assertEqual(len(expected), 6)
        seen = set()
        for _ in range(4):
            process = subprocess.Popen([*command, self.out / "killed_checks"], cwd=HERE,
                                       stdout=subprocess.DEVNULL)
            time.sleep(seconds * self.random.uniform(0.1, 0.9))
            process.kill()
            process.wait()
            with contextlib.suppress(sqlite3.OperationalError):
                before = set(self.checks_of(self.out / "killed_checks"))
                self.assertLessEqual(seen, before)  # what was kept stays
                seen = before
        self.assertEqual(subprocess.run([*command, self.out / "killed_checks"], **how).returncode,
                         0)
        self.assertEqual(self.checks_of(self.out / "killed_checks"), expected)

    def test_two_at_once_in_a_folder_do_not_do_the_same_points(self):
        folder, extra = self.out / "both", self.enough()
        command = ["explore", LARGE, *extra, "--out", folder, "--checks", "0", "--quiet"]
        first = subprocess.Popen([PROGRAM, *command], cwd=HERE, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        kept = []
        while not kept and first.poll() is None:
            time.sleep(0.01)
            with contextlib.suppress(sqlite3.OperationalError):
                kept = runs_of(folder)
        done = lamina(*command)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertIn("another lamina is at work in this folder", done.stderr)
        self.assertEqual(first.wait(120), 0)
        self.assertEqual(tables_of(folder), self.sample if extra else self.whole)
        self.assertEqual(len(runs_of(folder)), 1)

    def test_a_signal_keeps_what_is_done_and_says_so(self):
        folder = self.out / "signal"
        process = subprocess.Popen(
            [PROGRAM, "explore", LARGE, "--out", folder, "--checks", "0", "--jobs", "1"],
            cwd=HERE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        time.sleep(self.seconds / 3)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 130, said)
        self.assertIn("what was done is kept", said)
        done = runs_of(folder)[0][0]
        self.assertGreater(done, 0)
        again = lamina("explore", LARGE, "--out", folder, "--checks", "0")
        self.assertIn(f"going on: {done} of {POINTS} points are there", again.stderr)
        self.assertEqual(tables_of(folder), self.whole)
        self.assertEqual(runs_of(folder), [(done, 0), (POINTS - done, 0)])


class Disk(Scratch):
    def refused(self, folder, *said, **how):
        done = lamina("explore", LARGE, *SAMPLE, "--out", folder, "--checks", "0", "--quiet",
                      "--jobs", "1", **how)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertEqual(done.stderr.count("lamina explore:"), 1)
        for each in said:
            self.assertIn(each, done.stderr)

    def test_where_files_may_not_grow_it_stops_and_goes_on_with_more(self):
        folder = self.out / "limited"
        for limit in (20_000, 400_000, 1_000_000):
            # As root or not: what a full disk is to a program, without filling one.
            self.refused(folder, "results.sqlite", "disk", "start the same command again",
                         restore_signals=False, preexec_fn=lambda most=limit: resource.setrlimit(
                             resource.RLIMIT_FSIZE, (most, most)))
        self.assertGreater(self.goes_on(folder), 500)

    @contextlib.contextmanager
    def mounted(self, name, *options):
        folder = self.out / name
        folder.mkdir()
        made = subprocess.run(["mount", "-t", "tmpfs", *options, "tmpfs", folder],
                              capture_output=True, text=True, check=False)
        if made.returncode != 0:
            self.skipTest("no file system may be mounted here: " + made.stderr.strip())
        try:
            yield folder
        finally:
            subprocess.run(["umount", folder], check=True)

    def test_on_a_full_disk_it_stops_and_goes_on_with_more(self):
        with self.mounted("full", "-o", "size=1m") as disk:
            self.refused(disk / "out", "disk", "start the same command again")
            subprocess.run(["mount", "-o", "remount,size=100m", disk], check=True)
            self.assertGreater(self.goes_on(disk / "out"), 500)

    def test_on_a_disk_that_is_full_at_the_end_only_the_tables_are_missing(self):
        with self.mounted("nearly_full", "-o", "size=100m") as disk:
            shutil.copytree(self.out / "sample", disk / "out")
            for name in ("points.csv", "front.csv", "report.html"):
                (disk / "out" / name).unlink()
            most = shutil.disk_usage(disk).used + 400_000
            subprocess.run(["mount", "-o", f"remount,size={most}", disk], check=True)
            self.refused(disk / "out", "points.csv cannot be written")
            self.assertEqual(list((disk / "out").glob("*.new")), [])
            subprocess.run(["mount", "-o", "remount,size=100m", disk], check=True)
            self.assertEqual(explored(disk / "out", *SAMPLE), self.sample)

    def test_a_folder_that_may_not_be_written_is_told(self):
        said = "expected a folder to write to"
        if os.geteuid() == 0:
            with self.mounted("read_only", "-o", "ro") as disk:
                self.refused(disk, said)
                self.refused(disk / "new", "cannot be made")
            return
        folder = self.out / "read_only"
        folder.mkdir(mode=0o555)
        self.refused(folder, said)
        self.refused(folder / "new", "cannot be made")

    def foreign(self, file):
        with contextlib.closing(sqlite3.connect(file)) as database:
            database.execute("CREATE TABLE songs(title TEXT)")
            database.commit()

    def newer(self, file):
        shutil.copy(self.out / "sample" / "results.sqlite", file)
        with contextlib.closing(sqlite3.connect(file)) as database:
            database.execute("PRAGMA user_version=99")
            database.commit()
            database.execute("PRAGMA journal_mode=DELETE")

    def garbage(self, file):
        file.write_bytes(self.random.randbytes(50_000))

    def broken(self, file):
        shutil.copy(self.out / "sample" / "results.sqlite", file)
        with open(file, "r+b") as content:
            content.seek(100)
            content.write(self.random.randbytes(200_000))

    def cut(self, file):
        whole = (self.out / "sample" / "results.sqlite").read_bytes()
        file.write_bytes(whole[:len(whole) // 2])

    def test_databases_that_are_not_ours_are_told_and_left_as_they_are(self):
        for make, said in [(self.foreign, "layout 0, and this program writes layout"),
                           (self.newer, "layout 99, and this program writes layout"),
                           (self.garbage, "file is not a database; expected what 'lamina"),
                           (self.broken, "malformed; expected what 'lamina explore"),
                           (self.cut, "malformed; expected what 'lamina explore")]:
            with self.subTest(make.__name__):
                folder = self.out / make.__name__
                folder.mkdir()
                make(folder / "results.sqlite")
                before = (folder / "results.sqlite").read_bytes()
                self.refused(folder, "results.sqlite", said)
                self.assertEqual((folder / "results.sqlite").read_bytes(), before)
                self.assertLessEqual({file.name for file in folder.iterdir()},
                                     {"results.sqlite", "results.sqlite.lock"})


@unittest.skipUnless(shutil.which("mpirun"), "mpirun is not installed")
class Ranks(Scratch):
    MPIRUN = ("mpirun", "--allow-run-as-root", "--oversubscribe", "-n", "2")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        done = lamina("explore", SMALL, "--out", cls.out / "ranks", "--checks", "0",
                      launcher=cls.MPIRUN)
        if "built without MPI" in done.stderr:
            raise unittest.SkipTest("the program was built without MPI")

    def test_two_ranks_give_the_same_bytes_and_both_work(self):
        folder = self.out / "two_ranks"
        done = lamina("explore", LARGE, "--out", folder, "--checks", "0", launcher=self.MPIRUN)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(tables_of(folder), self.whole)
        self.assertEqual(runs_of(folder), [(POINTS, 0)])
        counts = re.search(r"^points by rank: (\d+), (\d+)$", done.stderr, re.MULTILINE)
        self.assertIsNotNone(counts, done.stderr)
        first, second = map(int, counts.groups())
        self.assertEqual(first + second, POINTS)
        self.assertGreater(min(first, second), POINTS // 10)

    def test_spot_checks_run_when_the_ranks_are_done(self):
        folder = self.out / "checked"
        done = lamina("explore", SMALL, "--out", folder, "--checks", "2", launcher=self.MPIRUN)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("spot checks in TLM: 2 answered, 0 not", done.stdout)

    def test_what_is_wrong_is_told_once(self):
        for arguments, said in [(("data/space_wrong.yaml",), "objective 'tokens_per_sec' does not"),
                                ((SMALL, "--shard", "3/2"), "--shard 3/2: expected I/N"),
                                ((SMALL, "--set", "objectives=memory_used"), "holds results of")]:
            done = lamina("explore", *arguments, "--out", self.out / "ranks",
                          launcher=self.MPIRUN)
            self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
            self.assertEqual(done.stderr.count(said), 1, done.stderr)

    def rank_of(self, mpirun, rank):
        """The process of a rank, once it has mapped the MPI library and so begun."""
        for _ in range(400):
            for environment in pathlib.Path("/proc").glob("[0-9]*/environ"):
                with contextlib.suppress(OSError):
                    known = environment.read_bytes().split(b"\0")
                    parent = (environment.parent / "stat").read_text().rsplit(")", 1)[1].split()[1]
                    if (int(parent) == mpirun.pid
                            and f"OMPI_COMM_WORLD_RANK={rank}".encode() in known):
                        return int(environment.parent.name)
            time.sleep(0.02)
        self.skipTest("ranks of this MPI are not found in /proc")
        return 0

    def test_a_lost_rank_or_a_signal_leaves_what_is_done(self):
        extra = self.enough()
        for name, rank, which in [("lost", 1, signal.SIGKILL), ("first_lost", 0, signal.SIGKILL),
                                  ("rank_signal", 1, signal.SIGINT),
                                  ("all_signal", None, signal.SIGINT)]:
            with self.subTest(name):
                folder = self.out / name
                run = subprocess.Popen(
                    [*self.MPIRUN, PROGRAM, "explore", LARGE, *extra, "--out", folder, "--checks",
                     "0", "--quiet", "--jobs", "1"], cwd=HERE, stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL)
                target = run.pid if rank is None else self.rank_of(run, rank)
                kept = 0
                while kept < 1000:
                    self.assertIsNone(run.poll())
                    time.sleep(0.01)
                    with contextlib.suppress(sqlite3.OperationalError):
                        kept = sum(added for added, _ in runs_of(folder))
                os.kill(target, which)
                self.assertNotEqual(run.wait(60), 0)
                self.assertLess(self.goes_on(folder, extra), self.count if extra else POINTS)


class Infeasible(unittest.TestCase):
    def test_where_nothing_is_feasible_each_constraint_says_how_many_it_removed(self):
        with tempfile.TemporaryDirectory() as folder:
            done = lamina("explore", SMALL, "--out", folder, "--checks", "0", "--quiet", "--set",
                          "axes={mapping: legal, workload.batch: [1, 64, 4096]}", "--set",
                          "constraints={tokens_per_s_user: 1000 /s, time_per_token: 1 s}")
            self.assertEqual(done.returncode, 1, done.stderr)
            rows = rows_of(pathlib.Path(folder) / "points.csv")
            counts = {}
            for row in rows:
                self.assertEqual(row["state"], "infeasible")
                counts[row["why"]] = counts.get(row["why"], 0) + 1
            self.assertEqual(set(counts), {"memory", "tokens_per_s_user"})
            self.assertIn("nothing is feasible:", done.stdout)
            for why, count in counts.items():
                self.assertRegex(done.stdout, rf"\n  {why} +removed {count}\n")
            page = (pathlib.Path(folder) / "report.html").read_text(encoding="utf-8")
            self.assertIn("nothing is feasible", page)
            self.assertFalse((pathlib.Path(folder) / "chosen.yaml").exists())


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
