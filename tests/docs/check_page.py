#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks a Markdown page: every block marked ```sh runnable exits 0, every relative link exists.

usage: check_page.py PAGE SOURCE_DIR LAMINA

A runnable block runs with `lamina` on the path, from a scratch folder that shows the repository's
configurations and examples. A command that ends in `# exit N` must exit with N.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r'^```sh runnable\n(.*?)^```$', re.MULTILINE | re.DOTALL)
FENCED = re.compile(r'^```.*?^```$', re.MULTILINE | re.DOTALL)
LINK = re.compile(r'\]\(([^)#\s]+)[^)]*\)')


def commands(text):
    """The commands of all runnable blocks, backslash continuations joined."""
    for block in BLOCK.findall(text):
        for line in block.replace('\\\n', ' ').splitlines():
            if line.strip() and not line.startswith('#'):
                yield line.strip()


def run(command, folder, environment):
    expected = 0
    match = re.search(r'\s# exit (\d+)$', command)
    if match:
        expected = int(match[1])
    done = subprocess.run(['bash', '-c', command], cwd=folder, env=environment,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode == expected:
        return []
    return [f'exit status {done.returncode}, not {expected}: {command}\n{done.stdout}{done.stderr}']


def main():
    page, source, lamina = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
    text = page.read_text(encoding='utf-8')
    failures = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        (folder / 'bin').mkdir()
        (folder / 'bin' / 'lamina').symlink_to(lamina)
        for shown in ('configs', 'examples', 'validation'):
            (folder / shown).symlink_to(source / shown)
        environment = dict(os.environ, PATH=f'{folder}/bin:{os.environ["PATH"]}')
        for command in commands(text):
            print(command)
            failures += run(command, folder, environment)
    for target in LINK.findall(FENCED.sub('', text)):
        if '://' not in target and not (page.parent / target).exists():
            failures.append(f'{page.name} links to {target}, which does not exist')
    for failure in failures:
        print(f'FAILED: {failure}', file=sys.stderr)
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
