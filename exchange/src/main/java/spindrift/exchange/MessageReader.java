package spindrift.exchange;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import spindrift.base.MalformedDataException;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;

/**
 * Reads Bitswap messages from a stream, whichever version they are of: each is a protobuf message
 * behind its length. Whatever is read is handed on at once; the most that is held is one block. For
 * one thread.
 *
 * @see <a href="https://specs.ipfs.tech/bitswap-protocol/#wire-format">Bitswap wire format</a>
 */
final class MessageReader {
  /** What deployed peers read at most. */
  static final int MAX_MESSAGE_BYTES = 4 << 20;

  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private final MessageInput in;
  private final Semaphore blocksAtOnce;
  private final MessageSink sink;

  /**
   * @param blocksAtOnce bounds how many blocks of one peer are being read, over all its streams
   */
  MessageReader(InputStream in, Semaphore blocksAtOnce, MessageSink sink) {
    this.in = new MessageInput(in);
    this.blocksAtOnce = blocksAtOnce;
    this.sink = sink;
  }

  /** Waits until a message begins; false where the stream has ended. */
  boolean awaitMessage() throws IOException {
    return in.awaitMessage();
  }

  /** Reads the message that has begun. */
  void readMessage() throws IOException, MalformedDataException, InterruptedException {
    in.enter(in.readLength(MAX_MESSAGE_BYTES, "message"));
    while (in.remaining() > 0) {
      long tag = in.readVarint();
      if (tag == (1 << 3 | BYTES)) {
        readWantlist();
      } else if (tag == (2 << 3 | BYTES)) {
        readBareBlock();
      } else if (tag == (3 << 3 | BYTES)) {
        readPayload();
      } else if (tag == (4 << 3 | BYTES)) {
        readPresence();
      } else {
        skipField(tag);
      }
    }
    sink.messageEnded();
  }

  private void readWantlist() throws IOException, MalformedDataException {
    long outer = in.enter(in.readVarint());
    boolean full = false;
    while (in.remaining() > 0) {
      long tag = in.readVarint();
      if (tag == (1 << 3 | BYTES)) {
        readEntry();
      } else if (tag == (2 << 3 | VARINT)) {
        full = in.readVarint() != 0;
      } else {
        skipField(tag);
      }
    }
    in.leave(outer);
    if (full) {
      sink.wantlistIsFull();
    }
  }

  private void readEntry() throws IOException, MalformedDataException {
    long outer = in.enter(in.readVarint());
    Cid cid = null;
    long priority = 0;
    boolean cancel = false;
    long type = 0;
    boolean sayDontHave = false;
    while (in.remaining() > 0) {
      long tag = in.readVarint();
      if (tag == (1 << 3 | BYTES)) {
        cid = readCid();
      } else if (tag == (2 << 3 | VARINT)) {
        priority = in.readVarint();
      } else if (tag == (3 << 3 | VARINT)) {
        cancel = in.readVarint() != 0;
      } else if (tag == (4 << 3 | VARINT)) {
        type = in.readVarint();
      } else if (tag == (5 << 3 | VARINT)) {
        sayDontHave = in.readVarint() != 0;
      } else {
        skipField(tag);
      }
    }
    in.leave(outer);
    sink.want(entry(require(cid, "want"), (int) priority, cancel, type, sayDontHave));
  }

  private static WantEntry entry(
      Cid cid, int priority, boolean cancel, long type, boolean sayDontHave) {
    if (cancel) {
      return WantEntry.cancel(cid);
    }
    return new WantEntry(
        cid,
        priority,
        type == 1 ? WantEntry.Kind.HAVE : WantEntry.Kind.BLOCK,
        sayDontHave ? WantEntry.DontHave.SAY : WantEntry.DontHave.KEEP_QUIET);
  }

  private void readPresence() throws IOException, MalformedDataException {
    long outer = in.enter(in.readVarint());
    Cid cid = null;
    long type = 0;
    while (in.remaining() > 0) {
      long tag = in.readVarint();
      if (tag == (1 << 3 | BYTES)) {
        cid = readCid();
      } else if (tag == (2 << 3 | VARINT)) {
        type = in.readVarint();
      } else {
        skipField(tag);
      }
    }
    in.leave(outer);
    Cid named = require(cid, "presence");
    Presence.of(type).ifPresent(presence -> sink.presence(named, presence));
  }

  private void readBareBlock() throws IOException, MalformedDataException, InterruptedException {
    int length = in.readLength(Block.MAX_BYTES, "block");
    byte[] block = readBlock(length);
    deliver(BlockPrefix.V0, block);
  }

  private void readPayload() throws IOException, MalformedDataException, InterruptedException {
    long outer = in.enter(in.readVarint());
    BlockPrefix prefix = null;
    // An empty block has no data field at all.
    byte[] block = sink.expectsBlocks() ? new byte[0] : null;
    while (in.remaining() > 0) {
      long tag = in.readVarint();
      if (tag == (1 << 3 | BYTES)) {
        int length = in.readLength(BlockPrefix.MAX_BYTES, "prefix");
        prefix = BlockPrefix.read(in.readPart(length));
      } else if (tag == (2 << 3 | BYTES)) {
        block = readBlock(in.readLength(Block.MAX_BYTES, "block"));
      } else {
        skipField(tag);
      }
    }
    in.leave(outer);
    deliver(require(prefix, "block"), block);
  }

  private byte @Nullable [] readBlock(int length)
      throws IOException, MalformedDataException, InterruptedException {
    if (!sink.expectsBlocks()) {
      in.skip(length);
      return null;
    }
    blocksAtOnce.acquire();
    try {
      byte[] block = new byte[length];
      in.readFully(block, sink::progress);
      return block;
    } finally {
      blocksAtOnce.release();
    }
  }

  private void deliver(BlockPrefix prefix, byte @Nullable [] block) {
    if (block == null) {
      sink.uncalledBlock();
    } else {
      sink.block(prefix, block);
    }
  }

  private Cid readCid() throws IOException, MalformedDataException {
    return Cid.fromBytes(in.readBytes(in.readLength(Cid.MAX_BYTES, "CID")));
  }

  private void skipField(long tag) throws IOException, MalformedDataException {
    if (tag >>> 3 == 0) {
      throw in.malformed("field number 0");
    }
    switch ((int) (tag & 7)) {
      case VARINT -> in.readVarint();
      case FIXED64 -> in.skip(8);
      case BYTES -> in.skip(in.readVarint());
      case FIXED32 -> in.skip(4);
      default -> throw in.malformed("wire type " + (tag & 7));
    }
  }

  private <T> T require(@Nullable T part, String what) throws MalformedDataException {
    if (part == null) {
      throw in.malformed(what + " without its CID");
    }
    return part;
  }
}
