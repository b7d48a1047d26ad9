package spindrift.exchange;

import spindrift.base.Bytes;
import spindrift.base.Multihash;
import spindrift.ipld.Cid;

/** Does what the messages on one stream of a peer say. For the thread that reads the stream. */
final class Inbound implements MessageSink {
  private final PeerLink link;
  private final PeerWants wants;
  private final FetchDesk desk;
  private long round;
  private boolean changed;

  Inbound(PeerLink link, PeerWants wants, FetchDesk desk) {
    this.link = link;
    this.wants = wants;
    this.desk = desk;
  }

  /** A message begins. */
  void begin() {
    round = wants.beginRound();
    changed = false;
  }

  @Override
  public void want(WantEntry entry) {
    wants.put(entry, round);
    changed = true;
    if (entry.kind() == WantEntry.Kind.CANCEL) {
      link.drop(entry.cid());
    }
  }

  @Override
  public void wantlistIsFull() {
    wants.keepFrom(round);
  }

  @Override
  public void messageEnded() {
    if (changed) {
      link.wakeServer();
    }
  }

  @Override
  public void presence(Cid cid, Presence presence) {
    if (presence == Presence.DONT_HAVE) {
      desk.lacks(link.source(), cid);
    }
  }

  @Override
  public boolean expectsBlocks() {
    return desk.expectsBlocks(link.source());
  }

  /** Hashes here: the thread that decrypts the connection goes on meanwhile. */
  @Override
  public void block(BlockPrefix prefix, byte[] bytes) {
    link.traffic().received(bytes.length);
    prefix
        .hash(bytes)
        .ifPresentOrElse(hash -> arrived(hash, bytes), () -> desk.useless(link.source()));
  }

  private void arrived(Multihash hash, byte[] bytes) {
    desk.arrived(link.source(), Cid.of(Cid.RAW, hash), Bytes.owning(bytes));
  }

  @Override
  public void uncalledBlock() {
    desk.useless(link.source());
  }

  @Override
  public void progress(int bytes) {
    link.source().progress(bytes);
  }
}
