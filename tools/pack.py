"""Pack a collection again, so that two builds of one commit are the same bytes.

    python tools/pack.py TARBALL TIME

ansible-galaxy writes the files in the order of the file system, and the time of the build. Here they are sorted, also in FILES.json, and all have the
given time. The same zlib is required for the same bytes: another one may compress differently.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

MANIFEST, FILES = "MANIFEST.json", "FILES.json"


def pack(tarball: Path, time: int) -> None:
    """Replace a tarball with one that has the same files, in a fixed order and with a fixed time."""
    with tarfile.open(tarball) as archive:
        members = {member.name: member for member in archive.getmembers()}
        contents = {name: file.read() for name, member in members.items() if (file := archive.extractfile(member)) is not None}
    contents |= sorted_manifests(contents)
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted(members, key=lambda name: (name not in (MANIFEST, FILES), name != MANIFEST, name)):
            member = tarfile.TarInfo(name)
            member.type, member.mode, member.mtime = members[name].type, members[name].mode, time
            member.linkname, member.size = members[name].linkname, len(contents.get(name, b""))
            archive.addfile(member, io.BytesIO(contents[name]) if name in contents else None)
    with tarball.open("wb") as file, gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=time, compresslevel=9) as packed:
        packed.write(plain.getvalue())


def sorted_manifests(contents: Mapping[str, bytes]) -> dict[str, bytes]:
    """FILES.json with sorted entries, and MANIFEST.json with its new checksum."""
    files = json.loads(contents[FILES])
    files["files"] = sorted(files["files"], key=lambda entry: entry["name"])
    listed = json.dumps(files, indent=True).encode()
    manifest = json.loads(contents[MANIFEST])
    manifest["file_manifest_file"]["chksum_sha256"] = hashlib.sha256(listed).hexdigest()
    return {FILES: listed, MANIFEST: json.dumps(manifest, indent=True).encode()}


if __name__ == "__main__":
    pack(Path(sys.argv[1]), int(sys.argv[2]))
