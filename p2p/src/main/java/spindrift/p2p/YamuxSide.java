package spindrift.p2p;

/** Which end of the connection this is; it decides who uses which stream numbers. */
enum YamuxSide {
  /** Opens streams 1, 3, 5 … */
  DIALER(1),
  /** Opens streams 2, 4, 6 … */
  LISTENER(2);

  private final int firstStream;

  YamuxSide(int firstStream) {
    this.firstStream = firstStream;
  }

  int firstStream() {
    return firstStream;
  }

  /** Whether a stream has a number that this side gives. */
  boolean numbers(int stream) {
    return (stream & 1) == (firstStream & 1);
  }
}
