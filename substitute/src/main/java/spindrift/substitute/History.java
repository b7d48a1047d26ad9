package spindrift.substitute;

import java.io.IOException;
import java.util.List;

/** What happened to store paths lately: who was asked, and how they came. Bounded. */
public interface History {
  /** One that keeps nothing. */
  History NONE =
      new History() {
        @Override
        public void lookedUp(LookupReport report) {
          // Nobody asks.
        }

        @Override
        public void transferred(Transfer transfer) {
          // Nobody asks.
        }
      };

  /**
   * What happened to one store path.
   *
   * @param lookUps the newest first
   * @param transfers the newest first
   */
  record Past(List<LookupReport> lookUps, List<Transfer> transfers) {
    /** Nothing that is remembered. */
    public static final Past NOTHING = new Past(List.of(), List.of());

    public Past {
      lookUps = List.copyOf(lookUps);
      transfers = List.copyOf(transfers);
    }
  }

  /** What is remembered of the path with a hash part; may wait for a disk. */
  default Past past(String hashPart) throws IOException {
    return Past.NOTHING;
  }

  /** Notes a look-up that ended. Does not wait for a disk. */
  void lookedUp(LookupReport report);

  /** Notes a transfer that ended. Does not wait for a disk. */
  void transferred(Transfer transfer);
}
