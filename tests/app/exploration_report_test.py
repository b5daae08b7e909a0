# SPDX-License-Identifier: Apache-2.0
"""Reads the page of an exploration, and opens it in a browser when there is one.

usage: exploration_report_test.py PROGRAM [unittest arguments]
"""
import csv
import html.parser
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = ""
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
OFFLINE = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
           "--disable-background-networking", "--disable-component-update", "--disable-sync"]


class Page(html.parser.HTMLParser):
    """Tags that are left open, addresses, texts by the tag's id, and scripts."""

    def __init__(self, text):
        super().__init__()
        self.open, self.addresses, self.ids, self.scripts = [], [], {}, []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        known = dict(attributes)
        self.addresses += [known[name] for name in ("src", "href", "action") if name in known]
        if "id" in known:
            self.ids[known["id"]] = ""
        if tag == "script":
            self.scripts.append("")
        if tag != "meta":
            self.open.append((tag, known.get("id")))

    def handle_endtag(self, tag):
        if not self.open or self.open[-1][0] != tag:
            raise AssertionError(f"</{tag}> closes {self.open[-1:]}")
        self.open.pop()

    def handle_data(self, data):
        if not self.open:
            return
        tag, name = self.open[-1]
        if name is not None:
            self.ids[name] += data
        if tag == "script":
            self.scripts[-1] += data


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.out = pathlib.Path(cls.scratch.name)
        done = subprocess.run(
            [PROGRAM, "explore", "../explore/small_space.yaml", "--out", cls.out, "--checks", "3",
             "--quiet", "--set", "name=</script><b>small & 'odd\""], cwd=HERE,
            capture_output=True, text=True, timeout=300, check=False)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        cls.text = (cls.out / "report.html").read_text(encoding="utf-8")
        cls.page = Page(cls.text)
        with open(cls.out / "points.csv", newline="", encoding="utf-8") as rows:
            cls.rows = list(csv.DictReader(rows))

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def test_it_is_well_formed_and_needs_nothing_from_outside(self):
        self.assertEqual(self.page.open, [])
        self.assertEqual(self.page.addresses, [])
        self.assertEqual(set(re.findall(r"https?://[^'\"\s]+", self.text)),
                         {"http://www.w3.org/2000/svg"})  # a name space: nothing is fetched
        self.assertNotRegex(self.text, r"@import|url\(|fetch\(|XMLHttpRequest|import\(")
        self.assertEqual(len(self.page.scripts), 2)

    def test_its_data_are_those_of_the_tables(self):
        data = json.loads(self.page.ids["data"])
        feasible = [row for row in self.rows if row["state"] == "feasible"]
        self.assertEqual([point["id"] for point in data["points"]],
                         [int(row["point"]) for row in feasible])
        for point, row in zip(data["points"], feasible):
            for axis, digit in zip(data["axes"], point["d"]):
                self.assertEqual(axis["values"][digit], row[axis["name"]])
            for metric, value in zip(data["metrics"], point["v"]):
                column = metric["name"] + (f" [{metric['unit']}]" if metric["unit"] else "")
                self.assertEqual(row[column], "" if value is None else row[column])
                if value is not None:
                    self.assertAlmostEqual(float(row[column]) / value, 1, places=12)
            self.assertEqual(point["f"], row["front"] == "1")
            self.assertIsNotNone(point["e"])  # every number has the error near it
        self.assertEqual(sum(point["c"] for point in data["points"]), 1)
        self.assertEqual(len(data["checks"]), 3)

    @unittest.skipUnless(BROWSER, "chromium is not installed")
    def test_a_browser_draws_it_without_an_error_and_hovering_works(self):
        look = """<script>{
          const hovered = document.querySelector('#front circle.chosen');
          hovered.dispatchEvent(new MouseEvent('mousemove', {clientX: 200, clientY: 300}));
          const tip = document.getElementById('tip'), seen = {
            dots: document.querySelectorAll('#front circle').length,
            best: document.querySelectorAll('#front circle.best, #front circle.chosen').length,
            lines: document.querySelectorAll('#parallel path').length,
            lit: document.querySelectorAll('#parallel path.chosen.lit').length,
            errors: document.querySelectorAll('#errors circle').length,
            shown: getComputedStyle(tip).display, tip: tip.textContent,
            wide: document.documentElement.scrollWidth, view: document.documentElement.clientWidth};
          hovered.dispatchEvent(new MouseEvent('mouseleave'));
          seen.after = getComputedStyle(tip).display;
          const up = document.getElementById('up');
          up.value = up.options[up.options.length - 1].value;
          up.dispatchEvent(new Event('change'));
          seen.again = document.querySelectorAll('#front circle').length;
          document.title = 'seen ' + JSON.stringify(seen);}</script></body>"""
        (self.out / "looked.html").write_text(self.text.replace("</body>", look), encoding="utf-8")
        drawn = [row for row in self.rows if row["state"] == "feasible"]
        best = [row for row in drawn if row["front"] == "1"]
        for width in (1280, 800):
            with tempfile.TemporaryDirectory() as profile:
                done = subprocess.run(
                    [BROWSER, *OFFLINE, f"--user-data-dir={profile}", "--enable-logging=stderr",
                     f"--window-size={width},1600", "--dump-dom", f"file://{self.out}/looked.html"],
                    capture_output=True, text=True, timeout=120, check=False)
            self.assertEqual([line for line in done.stderr.splitlines() if "CONSOLE" in line], [])
            title = re.search("<title>seen (.*?)</title>", done.stdout)
            self.assertIsNotNone(title, done.stderr[-2000:])
            seen = json.loads(html.unescape(title.group(1)))
            self.assertEqual((seen["dots"], seen["best"], seen["lines"], seen["again"]),
                             (len(drawn), len(best), len(drawn), len(drawn)))
            self.assertEqual((seen["lit"], seen["errors"]), (1, 3))
            self.assertEqual((seen["shown"], seen["after"]), ("block", "none"))
            self.assertIn("on the front, chosen", seen["tip"])
            self.assertIn("from TLM at the nearest spot check", seen["tip"])
            self.assertLessEqual(seen["wide"], seen["view"])  # nothing sticks out at the side


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
