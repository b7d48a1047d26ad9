package spindrift.substitute;

import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.catalog.Views;
import spindrift.nix.NarInfo;

/**
 * What a peer answered. Nothing of it is trusted yet: narinfos have not passed the trust gate,
 * views are proved by nothing.
 *
 * @param found what the peer has of what was asked for, and of closures: objects behind what they
 *     refer to
 * @param absent what it does not have, or does not tell
 */
public record LookupAnswer(List<Found> found, List<LookupRequest.Key> absent) {
  /** Ours: objects in one answer; the closure of a large system has some thousands. */
  public static final int MAX_OBJECTS = 10_000;

  /**
   * A store object that a peer has.
   *
   * @param views empty where the peer has not computed them yet
   * @param narViewRoot the root block of the NAR view, checked against its CID, where the peer sent
   *     it along to save a round trip
   */
  public record Found(NarInfo narInfo, Optional<Views> views, Optional<Bytes> narViewRoot) {}

  public LookupAnswer {
    found = List.copyOf(found);
    absent = List.copyOf(absent);
  }
}
