"""Two builds of one commit are the same bytes, and a collection that ansible-galaxy accepts."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile

import pytest
from ansible_collections.mailops.cloudflare.tools.pack import pack

TIME = 1_700_000_000
FILES = {"README.md": b"read me", "plugins/b.py": b"b", "plugins/a.py": b"a"}


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def build(path, names, time):
    """A tarball as ansible-galaxy builds it: in the order of the file system, and with the time of the build."""
    entries = [{"name": "plugins", "ftype": "dir"}, *({"name": name, "ftype": "file", "chksum_sha256": sha256(FILES[name])} for name in names)]
    listed = json.dumps({"files": entries, "format": 1}, indent=True).encode()
    manifest = {"collection_info": {"name": "cloudflare"}, "file_manifest_file": {"name": "FILES.json", "chksum_sha256": sha256(listed)}, "format": 1}
    with tarfile.open(path, "w:gz") as archive:
        for name, content in [("MANIFEST.json", json.dumps(manifest).encode()), ("FILES.json", listed), *((name, FILES[name]) for name in names)]:
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.mode, member.uname = len(content), time, 0o644, "someone"
            archive.addfile(member, io.BytesIO(content))
        folder = tarfile.TarInfo("plugins")
        folder.type, folder.mode, folder.mtime = tarfile.DIRTYPE, 0o755, time
        archive.addfile(folder)
    pack(path, TIME)
    return path.read_bytes()


@pytest.fixture
def packed(tmp_path):
    build(tmp_path / "packed.tar.gz", list(FILES), 1)
    return tarfile.open(tmp_path / "packed.tar.gz")


def test_two_builds_are_the_same_bytes(tmp_path):
    first = build(tmp_path / "first.tar.gz", list(FILES), 1)
    assert build(tmp_path / "second.tar.gz", sorted(FILES, reverse=True), 2) == first
    assert gzip.decompress(first) != b""
    # No file name, and the given time.
    assert (first[3], int.from_bytes(first[4:8], "little")) == (0, TIME)


def test_members_are_sorted_and_have_the_given_time(packed):
    assert packed.getnames() == ["MANIFEST.json", "FILES.json", "README.md", "plugins", "plugins/a.py", "plugins/b.py"]
    assert {(member.mtime, member.uid, member.gid, member.uname) for member in packed} == {(TIME, 0, 0, "")}
    assert {member.name: member.mode for member in packed if member.mode != 0o644} == {"plugins": 0o755}


def test_checksums_match(packed):
    contents = {name: packed.extractfile(name).read() for name in packed.getnames() if packed.getmember(name).isfile()}
    assert json.loads(contents["MANIFEST.json"])["file_manifest_file"]["chksum_sha256"] == sha256(contents["FILES.json"])
    entries = json.loads(contents["FILES.json"])["files"]
    assert [entry["name"] for entry in entries] == ["README.md", "plugins", "plugins/a.py", "plugins/b.py"]
    assert {entry["name"]: entry["chksum_sha256"] for entry in entries if entry["ftype"] == "file"} == {name: sha256(contents[name]) for name in FILES}
