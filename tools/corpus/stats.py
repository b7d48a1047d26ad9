"""Prints what a corpus consists of. usage: nix path-info --json ROOT... | stats.py STORE_PREFIX"""

import json
import os
import stat
import sys
from collections import Counter


def count(path, counts):
    mode = os.lstat(path).st_mode
    if stat.S_ISLNK(mode):
        counts["symlinks"] += 1
    elif stat.S_ISDIR(mode):
        counts["directories"] += 1
        names = os.listdir(path)
        counts["empty dirs"] += not names
        for name in names:
            count(os.path.join(path, name), counts)
    else:
        counts["files"] += 1
        counts["executables"] += bool(mode & 0o100)
        counts["empty files"] += os.lstat(path).st_size == 0


prefix, infos = sys.argv[1], json.load(sys.stdin)
infos = list(infos.values()) if isinstance(infos, dict) else infos
sizes = sorted(info["narSize"] for info in infos)
edges = [len(info["references"]) for info in infos]
counts = Counter()
for info in infos:
    count(os.fsencode(prefix + info["path"]), counts)

print(f"store paths  {len(infos)}")
print(f"nar bytes    {sum(sizes)}, min {sizes[0]}, median {sizes[len(sizes) // 2]}, p90 {sizes[len(sizes) * 9 // 10]}, max {sizes[-1]}")
print(f"references   {sum(edges)}, max {max(edges)}")
for kind in ("files", "executables", "empty files", "directories", "empty dirs", "symlinks"):
    print(f"{kind:12} {counts[kind]}")
