# SPDX-License-Identifier: Apache-2.0
"""Runs the built program: help, exit codes, answers, and the exact text of errors.

Usage: command_line_test.py PROGRAM [unittest arguments]. Set LAMINA_UPDATE_GOLDEN=1 to rewrite
golden/errors.txt after a deliberate change of a text.
"""
import csv
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = ""
COMMANDS = ["check", "run", "validate", "explore", "merge", "describe"]

SPACE = "../explore/small_space.yaml"
FOUR_CHIPS = "../../configs/platforms/system_4xmi325x.yaml"
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
    ["run", "data/small.yaml", "--fidelity", "interconnect=tlm"],
    ["run", "data/small.yaml", "--mapping", "tp=8"],
    ["run", "data/small.yaml", "--batch", "8"],
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
    ["run", CHIP, "--mapping", "tp=8"],
    ["run", CHIP, "--fidelity", "dram_stack=tlm"],
    ["run", CHIP, "--fidelity", "interconnect=tlm"],
    ["run", CHIP, "--fidelity", "buffer=tlm"],
    ["run", CHIP, "--fidelity", "dram_stack=tlm", "--fidelity", "interconnect=analytical"],
    ["run", CHIP, "--set", "workload.requests=[{prompt: 8, output: 8}]"],
    ["run", CHIP, "--out", "data/small.yaml", "--fidelity", "*=tlm", "--context", "100000"],
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
    ["explore", "data/space_unstated.yaml", "--out", "data/no"],
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

    def test_advice_on_memory_is_of_what_takes_it_and_of_what_the_chip_has(self):
        for platform, extra, said, unsaid in [
                (self.PLATFORM, ["--context", "1000000000"],
                 ["shorten the context", "more memory (chip.memory.bytes)"], "layers"),
                (CHIP, ["--context", "1000000000"],
                 ["shorten the context", "add layers (dram_stack.geometry.layers)"], "chip.memory"),
                (self.PLATFORM, ["--phase", "prefill", "--batch", "8", "--context", "100000"],
                 ["activations take too much", "--chunk"], "would fit"),
                (CHIP, ["--model", "../../configs/models/Llama-3.1-405B.config.json"],
                 ["weights alone do not fit", "chips of a system"], "shorten")]:
            done = lamina("run", platform, "--fidelity", "*=analytical", *extra)
            self.assertEqual(done.returncode, 1)
            for part in said:
                self.assertIn(part, done.stdout)
            self.assertNotIn(unsaid, done.stdout.split("The times are")[0])

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


class RunSystems(unittest.TestCase):
    PLATFORM = "../../configs/platforms/system_8_stacked_chips.yaml"
    MODEL = ("--model", "../../configs/models/Llama-3.1-8B.config.json")

    def result(self, *extra):
        done = lamina("run", self.PLATFORM, "--json", *self.MODEL, "--context", "512", *extra)
        self.assertEqual(done.returncode, 0, done.stderr)
        return strict_json(done.stdout)["results"]["analytical"]

    def test_replicas_take_the_energy_of_as_many_chips(self):
        done = lamina("run", CHIP, "--json", "--fidelity", "*=analytical", "--batch", "4",
                      "--context", "512")
        one = strict_json(done.stdout)["results"]["analytical"]["energy"]
        eight = self.result("--mapping", "dp=8", "--batch", "32")["energy"]
        for place in ("tiles_j", "shared_buffer_j", "network_j", "memory_j", "static_j"):
            self.assertAlmostEqual(eight[place] / (8 * one[place]), 1, places=9)
        self.assertEqual(eight["links_j"], 0)
        self.assertLess(eight["idle_j"], 1e-6 * eight["total_j"])

    def test_stages_do_the_work_once_and_idle_while_they_wait(self):
        whole = self.result("--mapping", "dp=8", "--batch", "8")
        stages = self.result("--mapping", "pp=8", "--batch", "8")  # 8 micro-batches of one
        for place in ("tiles_j", "shared_buffer_j", "network_j"):
            self.assertAlmostEqual(stages["energy"][place] / whole["energy"][place], 1, places=9)
        # The same power while stages wait and while collectives run: the die's and the stack's.
        split = self.result("--mapping", "tp=8", "--batch", "8")
        waits = 8 * (stages["seconds"] - whole["seconds"])
        carries = 8 * (split["seconds"] - split["steps"][0]["kernel_seconds"])
        self.assertAlmostEqual(stages["energy"]["idle_j"] / waits
                               / (split["energy"]["idle_j"] / carries), 1, places=6)
        static_w = whole["energy"]["static_j"] / (8 * whole["seconds"])
        self.assertGreater(stages["energy"]["idle_j"] / waits, static_w)

    def test_links_take_the_energy_of_what_they_carry(self):
        base, double = (self.result("--mapping", "tp=8", "--batch", "8", "--set",
                                    f"network.levels.0.energy_per_bit={pj} pJ/bit")
                        for pj in (15, 30))
        self.assertAlmostEqual(double["energy"]["links_j"] / base["energy"]["links_j"], 2, places=9)
        self.assertEqual(double["energy"]["tiles_j"], base["energy"]["tiles_j"])
        # Eight ranks send 7/8 of an all-reduce's bytes twice, and what they have for an all-gather
        # seven times, over the two links of a switch; 48 B of header to 1024 B are the rest.
        sent = sum(part["bytes"] * part["times"] * (14 if "reduce" in part["operator"] else 56)
                   for part in base["steps"][0]["operators"] if "collective" in part)
        expected = sent * (1 + 48 / 1024) * 2 * 8 * 15e-12
        self.assertAlmostEqual(base["energy"]["links_j"] / expected, 1, places=3)

    def run_b200(self, *extra):
        done = lamina("run", "../../configs/platforms/system_8xb200.yaml", "--json", *extra)
        self.assertEqual(done.returncode, 0, done.stderr)
        return next(iter(strict_json(done.stdout)["results"].values())), done.stderr

    def test_the_times_of_a_step_add_up(self):
        parts = ("kernel_seconds", "communication_seconds", "stage_wait_seconds",
                 "bubble_seconds", "host_seconds")
        for mapping in ("pp=8", "tp=8", "tp=2,pp=4,microbatches=7", "pp=2,dp=4", "best"):
            for extra in ((), ("--phase", "prefill"), ("--fidelity", "interconnect=tlm")):
                result, _ = self.run_b200(*self.MODEL, "--mapping", mapping, "--batch", "32",
                                          "--context", "127", "--jobs", "1", *extra)
                for step in result["steps"]:
                    self.assertAlmostEqual(sum(step[part] for part in parts) / step["seconds"], 1,
                                           places=9, msg=mapping)

    def test_heads_that_do_not_divide_are_padded(self):
        for mapping in ("tp=6", "tp=3,dp=2", "tp=2,sp=3", "best"):
            result, told = self.run_b200("--set", "network.levels.0.sizes=[6]", "--mapping",
                                         mapping, "--batch", "12")
            self.assertEqual(result["refused"], [])
            self.assertIn("attention heads", told)

    def test_a_batch_that_does_not_divide_is_told(self):
        told = self.run_b200("--mapping", "dp=8", "--batch", "9")[1]
        self.assertIn("warning: mapping.dp: 9 sequences over 8 replicas are padded to 2 each", told)
        told = self.run_b200("--mapping", "tp=2,pp=4,microbatches=100", "--batch", "64")[1]
        self.assertIn("100 micro-batches for 64 sequences: 36 of them work on padding", told)
        self.assertNotIn("warning", self.run_b200("--mapping", "dp=8", "--batch", "16")[1])

    def test_long_prompts_of_latent_attention_have_an_answer(self):
        one, two = (self.run_b200("--model", "../../configs/models/DeepSeek-V3.config.json",
                                  "--phase", "prefill", "--context", "131072", "--mapping", "tp=8",
                                  "--batch", batch)[0] for batch in ("1", "2"))
        self.assertAlmostEqual(two["seconds"] / one["seconds"], 2, delta=0.05)

    def test_the_best_mapping_tells_what_was_compared_and_has_a_name_that_runs(self):
        platform = "../../configs/platforms/system_256_stacked_chips.yaml"
        workload = ("--model", "../../configs/models/Llama-3.1-405B.config.json", "--batch", "256")
        done = lamina("run", platform, *workload, "--mapping", "best")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"in every order of their axes \(up to \d+\) and with up to "
                         r"\d+ numbers of micro-batches: \d+ mappings; \d+ evaluated")
        name = re.search(r"Llama-3.1-405B: (.*) \(analytical\)", done.stdout).group(1)
        self.assertIn("order=", name)
        given = lamina("run", platform, *workload, "--mapping", name.replace(" ", ""))
        times = [re.search(r"time per output token +(.*)", one.stdout).group(1)
                 for one in (done, given)]
        self.assertEqual(times[0], times[1])

    def test_simulated_links_take_the_energy_of_what_they_carried(self):
        chosen = ("--mapping", "tp=8", "--batch", "8")
        closed = self.result(*chosen)
        done = lamina("run", self.PLATFORM, "--json", *self.MODEL, "--context", "512", *chosen,
                      "--fidelity", "interconnect=tlm")
        self.assertEqual(done.returncode, 0, done.stderr)
        (simulated,) = strict_json(done.stdout)["results"].values()
        self.assertGreater(closed["energy"]["links_j"], 0)
        self.assertAlmostEqual(
            simulated["energy"]["links_j"] / closed["energy"]["links_j"], 1, delta=0.03)

    def test_a_chip_that_states_no_energy_gives_none(self):
        done = lamina("run", "../../configs/platforms/system_4xmi325x.yaml", "--json")
        self.assertIsNone(strict_json(done.stdout)["results"]["analytical"]["energy"])


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
    def explore(self, folder, *extra, space=SPACE):
        done = lamina("explore", space, "--out", str(folder), "--checks", "0", "--quiet", *extra)
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
            self.assertEqual(len(rows), 1 + 4 * 33)
            done = lamina("run", scratch + "/chosen.yaml", "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            page = (pathlib.Path(scratch) / "report.html").read_text(encoding="utf-8")
            self.assertNotIn("https://", page)
            self.assertNotIn("<link", page)

    def rows(self, scratch, *extra, space=SPACE):
        self.explore(scratch, *extra, space=space)
        with open(pathlib.Path(scratch) / "points.csv", newline="", encoding="utf-8") as text:
            return list(csv.DictReader(text))

    def test_the_first_token_of_decoding_is_that_of_a_prompt_everywhere(self):
        with tempfile.TemporaryDirectory() as scratch:
            rows = self.rows(scratch, "--set", "axes={mapping: legal, workload.context: [700]}",
                             "--set", "objectives=[tokens_per_s, time_to_first_token]")
        self.assertEqual(len(rows), 33)
        for row in rows:
            sizes = dict(part.split("=") for part in row["mapping"].split(", "))
            prompts = int(sizes.get("dp", 1)) * int(sizes.get("pp", 1))
            done = lamina("run", FOUR_CHIPS, "--json", "--mapping", row["mapping"].replace(" ", ""),
                          "--phase", "prefill", "--batch", str(prompts), "--context", "700")
            seconds = strict_json(done.stdout)["results"]["analytical"]["seconds"]
            self.assertAlmostEqual(float(row["time_to_first_token [s]"]) / seconds, 1, places=12)

    def test_requests_are_judged_by_how_they_are_served(self):
        requests = "[{prompt: 1024, output: 256}, {prompt: 4096, output: 512, share: 2}]"
        settings = ["workload.requests=" + requests, "workload.chunk=1024"]
        with tempfile.TemporaryDirectory() as scratch:
            rows = self.rows(
                scratch, "--set", "axes={workload.batch: [16, 64]}", "--set",
                "objectives=[tokens_per_s, time_to_first_token]", "--set",
                f"set={{workload.requests: '{requests}', workload.chunk: 1024}}")
        for row in rows:
            done = lamina("run", FOUR_CHIPS, "--json", "--batch", row["workload.batch"],
                          *(f"--set={one}" for one in settings))
            served = strict_json(done.stdout)["results"]["analytical"]["serving"]
            for column, name in [("tokens_per_s [/s]", "output_tokens_per_s"),
                                 ("tokens_per_s_user [/s]", "user_tokens_per_s"),
                                 ("time_per_token [s]", "token_seconds"),
                                 ("time_to_first_token [s]", "first_token_seconds")]:
                self.assertAlmostEqual(float(row[column]) / served[name], 1, places=12)

    def test_tokens_of_a_joule_are_those_of_a_run(self):
        space = "data/space_energy.yaml"
        with tempfile.TemporaryDirectory() as scratch:
            rows = self.rows(scratch, space=space)
        self.assertEqual(len(rows), 2)
        for row in rows:
            done = lamina("run", RunSystems.PLATFORM, "--json", *RunSystems.MODEL, "--context",
                          "512", "--mapping", row["mapping"], "--batch", "32")
            result = strict_json(done.stdout)["results"]["analytical"]
            self.assertAlmostEqual(float(row["tokens_per_joule [/J]"])
                                   * result["energy"]["total_j"] / 32, 1, places=12)
        self.assertEqual([row["state"] for row in rows], ["feasible", "infeasible"])

    def test_a_die_that_is_too_large_is_removed_by_its_area(self):
        with tempfile.TemporaryDirectory() as scratch:
            rows = self.rows(
                scratch, "--set", "axes={chip.tiles: [64, 128], chip.shared_buffer.bytes: [32 MiB, "
                "64 MiB]}", "--set", "set={workload.model: ../../../configs/models/Llama-3.1-8B."
                "config.json, workload.context: 512, workload.batch: 8, chip.area.limit: 100000}",
                "--set", "constraints={die_area: 840 mm2}", "--set", "objectives=[tokens_per_s]",
                space="data/space_energy.yaml")
        area = {(row["chip.tiles"], row["chip.shared_buffer.bytes"]): float(row["die_area [mm2]"])
                for row in rows}
        # A MiB of buffer is 0.36 mm2, a tile 4.40 (configs/parts/logic_dies/tiles_8x8.yaml).
        self.assertAlmostEqual(area["64", "64 MiB"] - area["64", "32 MiB"], 32 * 0.36, places=6)
        self.assertAlmostEqual(area["128", "64 MiB"] - area["64", "64 MiB"],
                               64 * (4096 * 0.0008 + 256 * 0.003 + 0.36), places=6)
        self.assertEqual([(row["state"], row["why"]) for row in rows],
                         [("feasible", "")] * 3 + [("infeasible", "die_area")])

    def test_where_it_is_started_changes_nothing(self):
        models = "[../../configs/models/Llama-3.3-70B.config.json, ../../configs/models/" \
                 "Llama-3.1-8B.config.json]"
        space = pathlib.Path(HERE / SPACE).resolve()
        tables = []
        for start in (HERE, space.parent, space.parents[2]):
            with tempfile.TemporaryDirectory() as scratch:
                done = subprocess.run(
                    [PROGRAM, "explore", os.path.relpath(space, start), "--out", scratch,
                     "--checks", "0", "--quiet", "--set",
                     f"axes={{workload.model: {models}, mapping: legal}}"], cwd=start,
                    capture_output=True, text=True, timeout=120, check=False)
                self.assertEqual(done.returncode, 0, done.stderr)
                tables.append((done.stdout,
                               (pathlib.Path(scratch) / "points.csv").read_text(encoding="utf-8")))
        self.assertIn(",Llama-3.1-8B,", tables[0][1])
        self.assertEqual(tables[0], tables[1])
        self.assertEqual(tables[0], tables[2])

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
