package spindrift.ipld;

import java.util.Optional;
import java.util.OptionalLong;
import spindrift.base.Bytes;

/**
 * A link of a DAG-PB node. An absent name or size differs on the wire from an empty or zero one, so
 * both are kept.
 *
 * @param name any bytes: a name in a directory need not be UTF-8
 * @param tsize bytes of all blocks below the link, each link counted; a hint, proved by nothing
 */
public record PbLink(Cid cid, Optional<Bytes> name, OptionalLong tsize) {
  public PbLink {
    if (tsize.isPresent() && tsize.getAsLong() < 0) {
      throw new IllegalArgumentException("negative size: " + tsize.getAsLong());
    }
  }

  /** A link as all deployed writers make it: with name, which is empty in a file, and size. */
  public static PbLink of(Cid cid, Bytes name, long tsize) {
    return new PbLink(cid, Optional.of(name), OptionalLong.of(tsize));
  }

  /** The name, empty where there is none. */
  public Bytes nameOrEmpty() {
    return name.orElse(Bytes.EMPTY);
  }
}
