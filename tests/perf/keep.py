"""What ./dev perf measured, as a run of bench: its values are a scenario's own metrics, so that bench compare
and bench trend work over them as over anything else."""
import os
import subprocess

MOST_WORSE = "25%"  # between two measurements of the same program on a machine that does something else


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def scenario(rows):
    lines = ['local bench = require "bench"', "bench.scenario {", '  summary = "What bench costs beside others",',
             "  metrics = {"]
    for row in rows:
        what = quoted(row.what.strip())
        lines.append(f'    {{ "{row.name}", "{row.unit}", {what}, better = "{row.better}" }},')
    lines += ["  },", "}"]
    for row in rows:
        lines += [f'bench.record("{row.name}", {value!r})' for value in row.values]
    return "\n".join(lines) + "\n"


def keep(bench, database, rows, work):
    """Keeps the rows in that file and holds them against the run before. True: something is worse by more
    than MOST_WORSE."""
    script = os.path.join(work, "perf.lua")
    with open(script, "w", encoding="utf-8") as out:
        out.write(scenario(rows))
    os.makedirs(os.path.dirname(os.path.abspath(database)), exist_ok=True)
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    label = ["--label", commit.stdout.strip()] if commit.stdout.strip() else []
    number = subprocess.run([bench, "run", script, "--quiet", "--db", database, *label], check=True,
                            stdout=subprocess.PIPE, text=True).stdout.strip()
    print(f"\nKept: run {number} of {database}")
    if number == "1":
        return False
    compared = subprocess.run([bench, "compare", "last~1", "last", "--db", database, "--max-regression", MOST_WORSE],
                              check=False)
    return compared.returncode == 1
