# SPDX-License-Identifier: Apache-2.0
"""Runs the built program: help, exit codes, answers, and the exact text of errors.

Usage: command_line_test.py PROGRAM [unittest arguments]. Set LAMINA_UPDATE_GOLDEN=1 to rewrite
golden/errors.txt after a deliberate change of a text.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = ""
COMMANDS = ["check", "run", "validate", "explore", "merge", "describe"]

SPACE = "../explore/small_space.yaml"
CHIP = "../../configs/platforms/stacked_chip_llama_8b_decode.yaml"

# Every one of these ends with exit code 2, nothing on stdout, and the golden text on stderr.
WRONG = [
    [],
    ["rnu"],
    ["--hlep"],
    ["run"],
    ["run", "data/small.yaml", "--fidelty", "tlm"],
    ["run", "data/small.yaml", "--fid", "dram_stack=tlm"],
    ["run", "data/small.yaml", "--fidelity", "tlm"],
    ["run", "data/small.yaml", "--fidelity", "dram_stack=tml"],
    ["run", "data/small.yaml", "--fidelity", "cache=tlm"],
    ["run", "data/small.yaml", "--seed", "-5"],
    ["run", "data/small.yaml", "--seed=18446744073709551616"],
    ["run", "data/small.yaml", "--jobs", "1.5"],
    ["run", "data/small.yaml", "--set", "dram_stack.geometry.channels"],
    ["run", "data/small.yaml", "--set", "dram_stack.geometry.channel=2"],
    ["run", "data/small.yaml", "--json=yes"],
    ["run", "data/small.yaml", "--json", "--json"],
    ["run", "data/small.yaml", "--out"],
    ["run", "data/small.yaml", "--out", "data/small.yaml"],
    ["run", "data/small.yaml", "-j", "2"],
    ["run", "data/missing.yaml"],
    ["run", "../../configs/parts/dram/hbm2.yaml"],
    ["check", "data/wrong.yaml"],
    ["run", "../../configs/platforms/system_8xb200.yaml", "--mapping", "tp:8"],
    ["run", "../../configs/platforms/system_8xb200.yaml", "--mapping", "tp=4"],
    ["run", "../../configs/platforms/system_8xb200.yaml", "--mapping", "tp=8,ep=8"],
    ["run", "../../configs/platforms/system_8xb200.yaml", "--mapping", "tp=4,cp=2",
     "--model", "../../configs/models/DeepSeek-V3.2.config.json"],
    ["run", "../../configs/platforms/system_8xb200.yaml", "--mapping", "tp=4,dp=2,fsdp=4"],
    ["run", "../../configs/studies/wide_tensor_or_best_mapping.yaml", "--set",
     "compare={split: tensor as wide as head}"],
    ["run", "../../configs/platforms/system_8xb200.yaml", "--mapping", "tq=8"],
    ["run", "../../configs/platforms/system_8xb200.yaml", "--fidelity", "buffer=tlm"],
    ["run", "../../configs/platforms/system_8xb200.yaml", "--seed", "3"],
    ["run", CHIP, "--set", "chip.area.limit=100"],
    ["run", CHIP, "--batch", "0"],
    ["run", CHIP, "--phase", "decoed"],
    ["run", CHIP, "--model", "data/truncated.config.json"],
    ["run", CHIP, "--model", "data/odd_heads.config.json"],
    ["run", CHIP, "--set", "noc.levels.0.sizes=[16, 16]"],
    ["check", "data/chip_without_memory.yaml"],
    ["check", "data/network_wrong.yaml"],
    ["check", "data/network_free_link.yaml"],
    ["run", CHIP, "--set", "sweep={workload.bach: [1]}"],
    ["run", CHIP, "--set", "sweep={workload.batch: 8}"],
    ["run", CHIP, "--set", "sweep={chip.tiles: [64], workload.batch: ['= noc']}"],
    ["run", CHIP, CHIP, "--set", "sweep={workload.batch: [8]}"],
    ["explore", SPACE],
    ["explore", "--out", "data/small.yaml/no"],
    ["explore", SPACE, "--out", "data/small.yaml/no"],
    ["explore", SPACE, "--out", "data/no", "--shard", "3/2"],
    ["explore", "data/space_wrong.yaml", "--out", "data/no"],
    ["explore", "data/space_empty.yaml", "--out", "data/no"],
    ["merge", SPACE, "--out", "data/no"],
    ["validate"],
    ["validate", "everything"],
    ["validate", "--random"],
    ["validate", "--random", "--seed", "3"],
    ["validate", "--random", "cache"],
    ["validate", "--random", "dram_stack", "--cases", "0"],
    ["validate", "--reference", "dram_commands"],
    ["validate", "--only", "3"],
    ["describe", "--set", "a=1"],
    ["describe", "data/small.yaml", "data/sweep.yaml"],
]


def lamina(*arguments):
    return subprocess.run([PROGRAM, *arguments], cwd=HERE, capture_output=True, text=True,
                          timeout=120, check=False)


def strict_json(text):
    def refuse(constant):
        raise ValueError(f"{constant} is no JSON")
    return json.loads(text, parse_constant=refuse)


class Help(unittest.TestCase):
    def test_program_lists_every_command(self):
        done = lamina("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for command in COMMANDS:
            self.assertIn(f"\n  {command} ", done.stdout)

    def test_each_command_tells_usage_options_and_exit_status(self):
        for command in COMMANDS:
            done = lamina(command, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""), command)
            for part in [f"Usage: lamina {command} ", "Exit status: 0", "--help", "--json"]:
                # What explore and merge find goes to files.
                if part != "--json" or command not in ("check", "explore", "merge"):
                    self.assertIn(part, done.stdout, command)

    def test_version_is_a_line(self):
        self.assertRegex(lamina("--version").stdout, r"\Alamina \d+\.\d+\.\d+\n\Z")


class Errors(unittest.TestCase):
    maxDiff = None

    def test_texts_and_exit_codes(self):
        found = ""
        for arguments in WRONG:
            done = lamina(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertEqual(done.stdout, "", arguments)
            found += f"$ lamina {' '.join(arguments)}\n{done.stderr}\n"
        golden = HERE / "golden" / "errors.txt"
        if os.environ.get("LAMINA_UPDATE_GOLDEN"):
            golden.write_text(found, encoding="utf-8")
        self.assertEqual(found, golden.read_text(encoding="utf-8"))

    def test_full_disk_is_no_success(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([PROGRAM, "describe"], stdout=full, stderr=subprocess.PIPE,
                                  timeout=60, check=False)
        self.assertEqual(done.returncode, 3)


class Check(unittest.TestCase):
    def test_tells_name_capacity_and_peak(self):
        done = lamina("check", "data/small.yaml")
        self.assertEqual(done.stdout, "data/small.yaml: ok (small, 4 GiB, 256 GB/s)\n")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_a_wrong_file_hides_no_sound_one(self):
        done = lamina("check", "data/wrong.yaml", "data/small.yaml")
        self.assertEqual(done.returncode, 2)
        self.assertIn("data/small.yaml: ok", done.stdout)
        self.assertIn("data/wrong.yaml:7:", done.stderr)
        self.assertIn("data/wrong.yaml:8:", done.stderr)


class Run(unittest.TestCase):
    def test_same_inputs_give_same_bytes_in_both_fidelities(self):
        for extra in [[], ["--json"], ["--jobs", "1"]]:
            first, second = (lamina("run", "data/sweep.yaml", *extra) for _ in range(2))
            self.assertEqual(first.returncode, 0, first.stderr)
            self.assertEqual(first.stdout, second.stdout)

    def test_compares_both_fidelities_side_by_side(self):
        done = lamina("run", "data/small.yaml", "--quiet")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = done.stdout.splitlines()
        self.assertRegex(lines[0], r"^lamina \S+, configuration [0-9a-f]{16}, seed 1$")
        self.assertEqual(lines[3].split(), ["analytical", "tlm", "difference"])
        labels = [line[:20].strip() for line in lines[4:]]
        for label in ["elapsed", "bandwidth", "latency p99", "bound by", "runner-up", "limit port",
                      "limit bank", "activates", "energy refresh", "energy per bit"]:
            self.assertIn(label, labels)

    def test_json_agrees_with_itself(self):
        point = strict_json(lamina("run", "data/small.yaml", "--json").stdout)["points"][0]
        for path in ["analytical", "tlm"]:
            result = point[path]
            self.assertEqual(result["read_bytes"], 65536)
            self.assertAlmostEqual(
                result["read_bytes"] / (result["elapsed_fs"] * 1e-15)
                / result["bandwidth_bytes_per_s"], 1, places=9)
            causes = sum(value for key, value in result["energy"].items() if key != "total_j")
            self.assertAlmostEqual(causes / result["energy"]["total_j"], 1, places=9)
            self.assertIn(result["bound_by"], result["limits_bytes_per_s"])

    def test_fidelity_selects_one_path(self):
        point = strict_json(
            lamina("run", "data/small.yaml", "--json", "--fidelity", "*=tlm").stdout)["points"][0]
        self.assertIn("tlm", point)
        self.assertNotIn("analytical", point)

    def test_seed_and_set_change_hash_and_answer(self):
        base = strict_json(lamina("run", "data/small.yaml", "--json").stdout)
        seeded = strict_json(lamina("run", "data/small.yaml", "--json", "--seed", "9").stdout)
        self.assertEqual(seeded["seed"], 9)
        self.assertNotEqual(seeded["configuration_hash"], base["configuration_hash"])
        slow = strict_json(lamina("run", "data/small.yaml", "--json", "--set",
                                  "workload.streams.0.in_flight=1").stdout)
        for path in ["analytical", "tlm"]:
            self.assertLess(slow["points"][0][path]["bandwidth_bytes_per_s"],
                            base["points"][0][path]["bandwidth_bytes_per_s"])

    def test_sweep_gives_a_line_for_each_point(self):
        done = lamina("run", "data/sweep.yaml", "--quiet")
        points = [line for line in done.stdout.splitlines() if "in_flight=" in line]
        self.assertEqual(len(points), 4)
        self.assertTrue(points[0].startswith(
            "workload.streams.0.in_flight=1 dram_stack.controller.page=open"))

    def test_out_holds_what_repeats_the_run(self):
        with tempfile.TemporaryDirectory() as folder:
            done = lamina("run", "data/small.yaml", "--json", "--out", folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            out = pathlib.Path(folder)
            self.assertEqual((out / "result.json").read_text(encoding="utf-8"), done.stdout)
            again = lamina("run", str(out / "resolved.yaml"), "--json")
            self.assertEqual(again.stdout, done.stdout)
            page = (out / "report.html").read_text(encoding="utf-8")
            self.assertIn("<svg", page)
            self.assertNotIn("http", page)  # needs nothing from outside


class RunChips(unittest.TestCase):
    PLATFORM = "../../configs/platforms/h200_llama_8b_decode.yaml"

    def result(self, *extra):
        done = lamina("run", self.PLATFORM, "--json", "--fidelity", "*=analytical", *extra)
        self.assertEqual(done.returncode, 0, done.stderr)
        return strict_json(done.stdout)

    def test_a_larger_batch_or_context_takes_longer_and_changes_the_hash(self):
        base = self.result()
        for extra in [["--batch", "64"], ["--context", "65536"], ["--phase", "prefill"]]:
            other = self.result(*extra)
            self.assertNotEqual(other["configuration_hash"], base["configuration_hash"])
            self.assertGreater(other["results"]["analytical"]["seconds"],
                               base["results"]["analytical"]["seconds"])

    def test_out_of_memory_is_an_answer_with_the_numbers(self):
        done = lamina("run", self.PLATFORM, "--fidelity", "*=analytical", "--batch", "1024",
                      "--context", "100000")
        self.assertEqual(done.returncode, 1)
        self.assertIn("GiB", done.stdout)
        self.assertRegex(done.stdout + done.stderr, r"sequences")

    def test_both_fidelities_do_the_same_flops(self):
        done = lamina("run", self.PLATFORM, "--json", "--quiet")
        self.assertEqual(done.returncode, 0, done.stderr)
        results = strict_json(done.stdout)["results"]
        self.assertEqual(results["analytical"]["matrix_flops"], results["tlm"]["matrix_flops"])

    def test_wrong_workloads_are_told(self):
        for extra in [["--batch", "0"], ["--model", "data/small.yaml"], ["--phase", "sleep"]]:
            done = lamina("run", self.PLATFORM, *extra)
            self.assertEqual((done.returncode, done.stdout), (2, ""), extra)
            self.assertTrue(done.stderr)


class RunPipelines(unittest.TestCase):
    PLATFORM = "../../configs/platforms/pipeline_hbm3_mesh.yaml"

    def test_each_stage_has_its_own_fidelity(self):
        done = lamina("run", self.PLATFORM, "--json", "--fidelity", "network=tlm")
        self.assertEqual(done.returncode, 0, done.stderr)
        mixed = strict_json(done.stdout)["results"]
        self.assertEqual(list(mixed), ["tlm: network"])
        both = strict_json(lamina("run", self.PLATFORM, "--json").stdout)["results"]
        self.assertEqual(list(both), ["analytical", "tlm"])
        for path in both.values():
            self.assertIn(path["bound_by"], path["limits_bytes_per_s"])
            self.assertEqual(path["read_bytes"], mixed["tlm: network"]["read_bytes"])


class RunStudies(unittest.TestCase):
    PLATFORM = "../../configs/platforms/h200_llama_8b_decode.yaml"
    SWEEP = ("sweep={work: {one: {workload.batch: 1}, many: {workload.batch: 32}}, "
             "workload.context: [1024, 32768]}")

    def run_study(self, *extra):
        done = lamina("run", self.PLATFORM, "--set", self.SWEEP, *extra)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_a_line_for_each_point_the_last_axis_fastest(self):
        lines = [line.split()[:3] for line in self.run_study().splitlines()[4:]]
        self.assertEqual(lines, [[work, context, "analytical"] for work in ("one", "many")
                                 for context in ("1024", "32768")])

    def test_a_point_is_what_a_run_of_it_gives(self):
        point = strict_json(self.run_study("--json", "--jobs", "2"))["points"][3]
        self.assertEqual(point["at"], {"work": "many", "workload.context": "32768"})
        alone = lamina("run", self.PLATFORM, "--json", "--fidelity", "*=analytical", "--batch",
                       "32", "--context", "32768")
        result = strict_json(alone.stdout)["results"]["analytical"]
        for key in ("seconds", "tokens_per_s", "fits"):
            self.assertEqual(point["analytical"][key], result[key])

    def test_both_fidelities_on_demand(self):
        done = lamina("run", self.PLATFORM, "--set", "sweep={workload.batch: [1]}", "--json",
                      "--fidelity", "*=tlm")
        self.assertIn("tlm", strict_json(done.stdout)["points"][0])

    def test_out_holds_table_json_and_a_page_that_needs_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            text = self.run_study("--json", "--out", folder)
            out = pathlib.Path(folder)
            self.assertEqual((out / "result.json").read_text(encoding="utf-8"), text)
            rows = (out / "points.csv").read_text(encoding="utf-8").splitlines()
            self.assertEqual(len(rows), 5)
            self.assertEqual(rows[0].split(",")[:3], ["work", "workload.context", "fidelity"])
            page = (out / "report.html").read_text(encoding="utf-8")
            self.assertEqual(page.count("<circle"), 8)  # 4 points in 2 plots
            self.assertNotIn("http", page)

    def test_a_wrong_point_is_told_before_anything_runs(self):
        done = lamina("run", self.PLATFORM, "--set", "sweep={workload.batch: [1, 0]}")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("workload.batch", done.stderr)


class Explore(unittest.TestCase):
    def explore(self, folder, *extra):
        done = lamina("explore", SPACE, "--out", str(folder), "--checks", "0", "--quiet", *extra)
        self.assertEqual(done.returncode, 0, done.stderr)
        return (pathlib.Path(folder) / "points.csv").read_bytes()

    def test_jobs_and_shards_give_the_same_bytes_and_a_second_run_goes_on(self):
        with tempfile.TemporaryDirectory() as scratch:
            out = pathlib.Path(scratch)
            one = self.explore(out / "one", "--jobs", "1")
            self.assertEqual(self.explore(out / "two", "--jobs", "2"), one)
            self.assertEqual(self.explore(out / "two"), one)
            for part in ("1", "2", "3"):
                self.explore(out / part, "--shard", part + "/3")
            done = lamina("merge", SPACE, str(out / "1"), str(out / "2"), str(out / "3"),
                          "--out", str(out / "all"))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual((out / "all" / "points.csv").read_bytes(), one)

    def test_the_chosen_design_runs_and_the_page_needs_nothing(self):
        with tempfile.TemporaryDirectory() as scratch:
            rows = self.explore(scratch).decode().splitlines()
            self.assertEqual(len(rows), 25)
            done = lamina("run", scratch + "/chosen.yaml", "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            page = (pathlib.Path(scratch) / "report.html").read_text(encoding="utf-8")
            self.assertNotIn("https://", page)
            self.assertNotIn("<link", page)

    def test_results_of_another_space_are_refused(self):
        with tempfile.TemporaryDirectory() as scratch:
            self.explore(scratch)
            done = lamina("explore", SPACE, "--out", scratch, "--set", "sampling=exhaustive",
                          "--set", "objectives=[tokens_per_s]", "--quiet")
            self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
            self.assertTrue(done.stderr)

    def test_where_nothing_is_feasible_it_says_why(self):
        with tempfile.TemporaryDirectory() as scratch:
            done = lamina("explore", SPACE, "--out", scratch, "--quiet", "--checks", "0", "--set",
                          "constraints={time_per_token: 1 ns}")
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("time_per_token", done.stdout)


class Validate(unittest.TestCase):
    def test_only_repeats_a_case_with_its_configuration(self):
        done = lamina("validate", "--random", "dram_stack", "--only", "2", "--quiet")
        self.assertIn(done.returncode, [0, 1])
        self.assertTrue(done.stdout.startswith("platform: memory\nname: "))
        self.assertIn("\ndram_stack:\n", done.stdout)
        self.assertIn("\nworkload:\n", done.stdout)
        self.assertEqual(done.stderr, "")

    def test_json_parses_and_repeats(self):
        arguments = ["validate", "--random", "dram_stack", "--cases", "3", "--seed", "5", "--json"]
        first, second = lamina(*arguments), lamina(*arguments, "--jobs", "1")
        self.assertEqual(strict_json(first.stdout)["seed"], 5)
        self.assertEqual(first.stdout, second.stdout)


class Describe(unittest.TestCase):
    def test_lists_parameters_with_meaning(self):
        done = lamina("describe", "--json")
        listed = {one["parameter"]: one for one in strict_json(done.stdout)}
        self.assertTrue(listed["dram_stack.geometry.channels"]["meaning"])

    def test_shows_values_and_sources_of_a_file(self):
        listed = {one["parameter"]: one for one in
                  strict_json(lamina("describe", "data/small.yaml", "--json").stdout)}
        self.assertEqual(listed["dram_stack.geometry.channels"]["value"], "8")
        self.assertTrue(listed["dram_stack.geometry.channels"]["source"])

    def test_schema_is_json(self):
        done = lamina("describe", "--schema")
        self.assertEqual(done.returncode, 0)
        self.assertIn("$schema", strict_json(done.stdout))


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
