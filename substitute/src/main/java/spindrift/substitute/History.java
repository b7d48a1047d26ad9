package spindrift.substitute;

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

  /** Notes a look-up that ended. Does not wait for a disk. */
  void lookedUp(LookupReport report);

  /** Notes a transfer that ended. Does not wait for a disk. */
  void transferred(Transfer transfer);
}
