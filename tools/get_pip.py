"""Stand in for the get-pip script that ansible-test downloads, so that its sanity tests need a package index and no other host.

ansible-test runs this file in a fresh virtual environment without pip, with the requirements to install as arguments. Every Python
brings a pip of its own as a wheel, which runs as it is, and that one fetches the version that ansible-test asks for. tools/sanity puts
this file in place.
"""

from __future__ import annotations

import ensurepip
import subprocess
import sys
from pathlib import Path

# The second is Debian's place.
WHEELS = (Path(ensurepip.__file__).parent / "_bundled", Path("/usr/share/python-wheels"))
# get-pip's own switches, which pip does not know.
GET_PIP_ONLY = {"--no-setuptools", "--no-wheel"}


def main() -> None:
    """Install pip, and with it what the command line asks for."""
    wheel = next(path for folder in WHEELS for path in folder.glob("pip-*.whl"))
    arguments = [argument for argument in sys.argv[1:] if argument not in GET_PIP_ONLY]
    sys.exit(subprocess.call([sys.executable, str(wheel / "pip"), "install", *arguments]))


if __name__ == "__main__":
    main()
