package spindrift.exchange;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import spindrift.base.Bytes;
import spindrift.base.ProtoWriter;
import spindrift.base.Varint;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;

/**
 * A message to a peer.
 *
 * @param full whether the wants replace all that the peer was asked for before
 * @param pendingBytes of blocks that are ready and not in this message
 */
record OutgoingMessage(
    List<WantEntry> wants,
    boolean full,
    List<PresenceEntry> presences,
    List<Block> blocks,
    long pendingBytes) {
  /** What is said about one block. */
  record PresenceEntry(Cid cid, Presence presence) {}

  OutgoingMessage {
    wants = List.copyOf(wants);
    presences = List.copyOf(presences);
    blocks = List.copyOf(blocks);
  }

  /** Changes of what is wanted, and answers without blocks. */
  static OutgoingMessage words(List<WantEntry> wants, List<PresenceEntry> presences) {
    return new OutgoingMessage(wants, false, presences, List.of(), 0);
  }

  /** Blocks and nothing else. */
  static OutgoingMessage blocks(List<Block> blocks, long pendingBytes) {
    return new OutgoingMessage(List.of(), false, List.of(), blocks, pendingBytes);
  }

  /** This message with all that the peer is asked for in place of the changes. */
  OutgoingMessage withAllWants(List<WantEntry> all) {
    return new OutgoingMessage(all, true, presences, blocks, pendingBytes);
  }

  /** Writes the message behind its length; whoever calls makes small writes cheap. */
  void writeTo(OutputStream out, Dialect dialect) throws IOException {
    ProtoWriter head = new ProtoWriter().message(1, wantlist(dialect));
    if (dialect.hasPresences()) {
      for (PresenceEntry entry : presences) {
        head.message(4, presence(entry));
      }
      if (pendingBytes > 0) {
        head.varint(5, Math.min(pendingBytes, Integer.MAX_VALUE));
      }
    }
    List<Bytes> frames = new ArrayList<>(blocks.size());
    long size = head.size();
    for (Block block : blocks) {
      Bytes frame = frame(block, dialect);
      frames.add(frame);
      size += frame.size() + block.bytes().size();
    }
    Varint.write(size, out);
    head.toBytes().writeTo(out);
    for (int i = 0; i < frames.size(); i++) {
      frames.get(i).writeTo(out);
      blocks.get(i).bytes().writeTo(out);
    }
  }

  private ProtoWriter wantlist(Dialect dialect) {
    ProtoWriter list = new ProtoWriter();
    for (WantEntry entry : wants) {
      list.message(1, entry(entry, dialect));
    }
    if (full) {
      list.varint(2, 1);
    }
    return list;
  }

  private static ProtoWriter entry(WantEntry entry, Dialect dialect) {
    ProtoWriter out = new ProtoWriter().bytes(1, entry.cid().toBytes());
    if (entry.kind() == WantEntry.Kind.CANCEL) {
      return out.varint(3, 1);
    }
    out.varint(2, Math.max(0, entry.priority()));
    if (dialect.hasPresences()) {
      if (entry.kind() == WantEntry.Kind.HAVE) {
        out.varint(4, 1);
      }
      if (entry.dontHave() == WantEntry.DontHave.SAY) {
        out.varint(5, 1);
      }
    }
    return out;
  }

  private static ProtoWriter presence(PresenceEntry entry) {
    return new ProtoWriter().bytes(1, entry.cid().toBytes()).varint(2, entry.presence().number());
  }

  /** All that is in front of a block's bytes. */
  private static Bytes frame(Block block, Dialect dialect) {
    int size = block.bytes().size();
    byte[] frame = new byte[BlockPrefix.MAX_BYTES + 4 * 5];
    int end = 0;
    if (dialect.hasPrefixes()) {
      Bytes prefix = BlockPrefix.of(block.cid()).toBytes();
      int payload = 1 + 1 + prefix.size() + 1 + Varint.size(size) + size;
      frame[end++] = 3 << 3 | 2;
      end = Varint.write(payload, frame, end);
      frame[end++] = 1 << 3 | 2;
      end = Varint.write(prefix.size(), frame, end);
      prefix.copyTo(frame, end);
      end += prefix.size();
    }
    frame[end++] = 2 << 3 | 2;
    end = Varint.write(size, frame, end);
    return Bytes.copyOf(frame, 0, end);
  }
}
