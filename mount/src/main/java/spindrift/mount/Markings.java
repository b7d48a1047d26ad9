package spindrift.mount;

import java.util.LinkedHashMap;
import java.util.Map;
import spindrift.base.Bytes;

/** The extended attributes of files. */
final class Markings {
  private static final String PREFIX = "user.spindrift.";

  private Markings() {}

  /** Those of a row: names and values. */
  static Map<Bytes, Bytes> of(Attached path, int row) {
    Map<Bytes, Bytes> all = new LinkedHashMap<>();
    PathTree tree = path.tree();
    PathRecord record = path.record();
    if (tree.isFile(row) && tree.size(row) > 0) {
      put(all, "cid", tree.contents(row).toString());
    } else if (row == PathTree.ROOT) {
      record.treeView().ifPresent(cid -> put(all, "cid", cid.toString()));
    }
    put(all, "narhash", record.narHash().toString());
    put(all, "narview", record.narView().toString());
    put(
        all,
        "proved",
        switch (record.proof()) {
          case PROVED -> "yes";
          case CLAIMED -> "no";
        });
    put(all, "source", record.source());
    return all;
  }

  private static void put(Map<Bytes, Bytes> all, String name, String value) {
    all.put(Bytes.utf8(PREFIX + name), Bytes.utf8(value));
  }
}
