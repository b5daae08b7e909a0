# SPDX-License-Identifier: Apache-2.0
"""Runs the shipped studies at a few of their points, and checks what each is there to show.

usage: studies_test.py PROGRAM FOLDER_OF_STUDIES [unittest arguments]
"""
import csv
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM, STUDIES = "", ""
STACK = "dram_stack.geometry."


def layers_axis(heights):
    """One layer more is one port more for every column, unless a later axis says otherwise."""
    each = ", ".join(f"{n}: {{{STACK}layers: {n}, {STACK}stack_ids: {n}, "
                     f"{STACK}connected_layers: {n}}}" for n in heights)
    return f"layers: {{{each}}}"


def run(study, *arguments):
    done = subprocess.run([PROGRAM, "run", str(pathlib.Path(STUDIES) / study), "--json",
                           *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return {tuple(point["at"].values()): point["analytical"]
            for point in json.loads(done.stdout)["points"]}


def tokens_per_s(study, *axes):
    """Tokens/s by the labels of the axes' values."""
    answers = run(study, "--set", f"sweep={{{', '.join(axes)}}}")
    return {at: answer["tokens_per_s"] for at, answer in answers.items()}


class Studies(unittest.TestCase):
    def test_decode_rises_peaks_and_falls_with_the_height_of_the_stack(self):
        rate = tokens_per_s("layers_share_the_die.yaml", layers_axis([8, 20, 32]),
                            "workload.batch: [64]")
        self.assertGreater(rate["20", "64"], 1.2 * rate["8", "64"])
        self.assertGreater(rate["20", "64"], 1.2 * rate["32", "64"])

    def test_half_connected_stacks_lose_at_middle_heights_and_win_at_great_ones(self):
        half = (f"connected: {{fully: {{{STACK}connected_layers: '= {STACK}layers'}}, "
                f"half: {{{STACK}connected_layers: '= {STACK}layers / 2'}}}}")
        rate = tokens_per_s("half_connected_layers.yaml", layers_axis([12, 32]), half)
        self.assertLess(rate["12", "half"], 0.8 * rate["12", "fully"])
        self.assertGreater(rate["32", "half"], 1.2 * rate["32", "fully"])

    def test_prompts_want_tiles_and_tokens_bandwidth_and_batch_moves_the_divide(self):
        work = ("work: {prompt: {workload.phase: prefill, workload.batch: 1}, "
                "decode: {workload.batch: 1}, many: {workload.batch: 64}}")
        rate = tokens_per_s("phases_divide_the_die.yaml", layers_axis([8, 16, 24]), work)
        gain = {kind: rate["24", kind] / rate["8", kind] for kind in ("prompt", "decode", "many")}
        self.assertLess(gain["prompt"], 0.9)
        self.assertGreater(gain["decode"], 1.8)
        self.assertLess(gain["many"], gain["decode"])
        self.assertGreater(gain["many"], gain["prompt"])
        # With many sequences the best height is below that of one.
        self.assertGreater(rate["16", "many"], rate["24", "many"])
        self.assertLess(rate["16", "decode"], rate["24", "decode"])

    def test_wide_tensor_parallelism_loses_to_the_best_mapping_more_with_model_and_batch(self):
        folder = (pathlib.Path(STUDIES).parent / "models").as_posix()
        models = (f"model: {{small: {{workload.model: '{folder}/Llama-3.1-8B.config.json', "
                  "mapping: 'tp=32, dp=8'}, large: {workload.model: "
                  f"'{folder}/Llama-3.1-405B.config.json', mapping: 'tp=128, dp=2'}}}}")
        split = "split: {wide: {overlap: waves}, best: {mapping: best}}"
        with tempfile.TemporaryDirectory() as folder:
            answers = run("wide_tensor_or_best_mapping.yaml", "--out", folder, "--set",
                          f"sweep={{workload.batch: [16, 256], {models}, {split}}}", "--set",
                          "compare={split: wide}")
            table = list(csv.DictReader((pathlib.Path(folder) / "points.csv").open()))
            report = (pathlib.Path(folder) / "report.html").read_text(encoding="utf-8")
        self.assertIn("Factor: tokens/s over split=wide", report)
        gain = {key[:2]: answer["factor"] for key, answer in answers.items() if "factor" in answer}
        self.assertEqual(len(gain), 4)
        for row in table:
            key = (row["workload.batch"], row["model"])
            if row["split"] == "wide":
                self.assertEqual(row["tokens/s over split=wide"], "")
                continue
            self.assertAlmostEqual(float(row["tokens/s over split=wide"]), gain[key])
            wide = answers[(*key, "wide")]["tokens_per_s"]
            self.assertAlmostEqual(gain[key], float(row["tokens/s"]) / wide, places=9)
        self.assertGreaterEqual(gain["16", "small"], 1)
        self.assertGreater(gain["256", "small"], gain["16", "small"])
        self.assertGreater(gain["256", "large"], 3)
        self.assertGreater(gain["256", "large"], gain["256", "small"])


if __name__ == "__main__":
    PROGRAM, STUDIES = sys.argv[1:3]
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
