package spindrift.nix;

import java.util.Optional;
import java.util.OptionalInt;
import spindrift.base.Bytes;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;

/**
 * The {@code nix-cache-info} of a binary cache.
 *
 * @param store the store directory of its paths, where it is told
 * @param massQuery whether the cache bears being asked for many paths at once
 * @param priority the lower, the earlier it is asked; where it is told
 */
public record CacheInfo(Optional<StoreDir> store, MassQuery massQuery, OptionalInt priority) {
  /** Ours: real ones have some 60 bytes, but an error page in its place is no fault for Nix. */
  public static final int MAX_SIZE = 64 << 10;

  /** The media type over HTTP. */
  public static final String MEDIA_TYPE = "text/x-nix-cache-info";

  /** {@code WantMassQuery}. */
  public enum MassQuery {
    UNWANTED,
    WANTED
  }

  /** Reads the text form as leniently as Nix: what it does not know it passes over. */
  public static CacheInfo parse(Bytes text) throws MalformedDataException, LimitExceededException {
    if (text.size() > MAX_SIZE) {
      throw new LimitExceededException("size of nix-cache-info", MAX_SIZE);
    }
    Optional<StoreDir> store = Optional.empty();
    MassQuery massQuery = MassQuery.UNWANTED;
    OptionalInt priority = OptionalInt.empty();
    for (String line : text.display().split("\n", -1)) {
      int colon = line.indexOf(':');
      String value = line.substring(colon + 1).strip();
      switch (colon < 0 ? "" : line.substring(0, colon)) {
        case "StoreDir" -> store = Optional.of(StoreDir.parse(value));
        case "WantMassQuery" ->
            massQuery = value.equals("1") ? MassQuery.WANTED : MassQuery.UNWANTED;
        case "Priority" -> priority = number(value);
        default -> {
          // Unknown, or not a field at all.
        }
      }
    }
    return new CacheInfo(store, massQuery, priority);
  }

  /** The text form, each line ended by a newline. */
  public String render() {
    StringBuilder text = new StringBuilder();
    store.ifPresent(directory -> text.append("StoreDir: ").append(directory.path()).append('\n'));
    text.append("WantMassQuery: ").append(massQuery == MassQuery.WANTED ? 1 : 0).append('\n');
    priority.ifPresent(number -> text.append("Priority: ").append(number).append('\n'));
    return text.toString();
  }

  private static OptionalInt number(String value) throws MalformedDataException {
    try {
      return OptionalInt.of(Integer.parseInt(value));
    } catch (NumberFormatException e) {
      throw new MalformedDataException("nix-cache-info", -1, "Priority is not a number");
    }
  }
}
