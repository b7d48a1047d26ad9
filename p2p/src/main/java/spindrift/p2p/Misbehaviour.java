package spindrift.p2p;

/** What a peer can do wrong, and how much that counts. A peer with a score under -100 is banned. */
public enum Misbehaviour {
  /** Let us wait. */
  STALL(5),
  /** Answered something useless, such as a block that nobody asked for. */
  NOISE(10),
  /** Broke the rules of a protocol. */
  VIOLATION(50),
  /** Sent bytes that are not what it said they are. */
  LIE(101);

  private final int cost;

  Misbehaviour(int cost) {
    this.cost = cost;
  }

  /** Points. */
  public int cost() {
    return cost;
  }
}
