"""Replace the get-pip script that ansible-test downloads, so that the sanity tests only need a package index.

ansible-test runs this file in a fresh virtual environment without pip, with the requirements to install as arguments. Every Python
contains pip as a wheel, which can be run directly and which installs the version that ansible-test requests. tools/sanity puts
this file in place.
"""

from __future__ import annotations

import ensurepip
import subprocess
import sys
from pathlib import Path

# The second folder is Debian's.
WHEELS = (Path(ensurepip.__file__).parent / "_bundled", Path("/usr/share/python-wheels"))
# Switches of get-pip that pip does not know.
GET_PIP_ONLY = {"--no-setuptools", "--no-wheel"}


def main() -> None:
    """Install pip and the requirements on the command line."""
    wheel = next(path for folder in WHEELS for path in folder.glob("pip-*.whl"))
    arguments = [argument for argument in sys.argv[1:] if argument not in GET_PIP_ONLY]
    sys.exit(subprocess.call([sys.executable, str(wheel / "pip"), "install", *arguments]))


if __name__ == "__main__":
    main()
