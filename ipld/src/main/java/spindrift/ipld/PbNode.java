package spindrift.ipld;

import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;

/**
 * A DAG-PB node: links in the order of their names (as unsigned bytes; equal names in any order)
 * and data.
 */
public record PbNode(List<PbLink> links, Optional<Bytes> data) {
  public PbNode {
    links = List.copyOf(links);
    for (int i = 1; i < links.size(); i++) {
      if (links.get(i - 1).nameOrEmpty().compareTo(links.get(i).nameOrEmpty()) > 0) {
        throw new IllegalArgumentException(
            "links out of order: " + links.get(i).nameOrEmpty().display());
      }
    }
  }

  /** A node with links and data. */
  public static PbNode of(List<PbLink> links, Bytes data) {
    return new PbNode(links, Optional.of(data));
  }
}
