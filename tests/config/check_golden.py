#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs `lamina check` on every bad file: exit status 2, nothing on stdout, stderr as expected.

usage: check_golden.py LAMINA FOLDER [--update]

Each FOLDER/NAME.yaml has its expected text in NAME.txt; --update writes it.
"""
import pathlib
import subprocess
import sys


def main():
    lamina, folder = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
    update = '--update' in sys.argv[3:]
    cases = sorted(folder.glob('*.yaml'))
    failures = [] if cases else ['no cases']
    for case in cases:
        done = subprocess.run([lamina, 'check', case.name], cwd=folder, capture_output=True,
                              text=True, timeout=60)
        golden = case.with_suffix('.txt')
        if update:
            golden.write_text(done.stderr, encoding='utf-8')
        if done.returncode != 2 or done.stdout:
            failures.append(f'{case.name}: exit {done.returncode}, stdout {done.stdout!r}')
        elif done.stderr != golden.read_text(encoding='utf-8'):
            failures.append(f'{case.name}: expected\n{golden.read_text()}but it says\n{done.stderr}')
    print(f'{len(cases)} cases, {len(failures)} failures')
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
