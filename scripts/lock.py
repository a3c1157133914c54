"""Makes requirements/*.txt from pyproject.toml: exact versions with hashes, naming no host."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = [Path(sys.executable).parent / "uv", "pip", "compile", "pyproject.toml", "--quiet"]
FORM = [
    *("--universal", "--python-version", "3.11", "--generate-hashes", "--only-binary", ":all:"),
    *("--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"),
]

# the runtime is held to what the development lock chose, so that both fit into one environment
for name, more in {"dev": ["--group", "dev"], "runtime": ["--constraint", "requirements/dev.txt"]}.items():
    subprocess.run([*UV, *FORM, *more, *sys.argv[1:], "-o", f"requirements/{name}.txt"], cwd=ROOT, check=True)
