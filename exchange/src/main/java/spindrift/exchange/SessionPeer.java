package spindrift.exchange;

/** A peer that a session uses. Guarded by the desk's lock. */
final class SessionPeer {
  private final LiveSession session;
  private final PeerSource source;
  private final Share share;
  private long cursor = Long.MIN_VALUE;

  SessionPeer(LiveSession session, PeerSource source, Share share) {
    this.session = session;
    this.source = source;
    this.share = share;
  }

  LiveSession session() {
    return session;
  }

  PeerSource source() {
    return source;
  }

  Share share() {
    return share;
  }

  /** All wants that stand before this place and are unasked are lacking here. */
  long cursor() {
    return cursor;
  }

  void cursor(long place) {
    cursor = place;
  }

  /** There is an unasked want at this place that the peer may have. */
  void lookFrom(long place) {
    cursor = Math.min(cursor, place);
  }
}
