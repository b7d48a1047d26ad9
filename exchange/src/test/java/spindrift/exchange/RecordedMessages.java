package spindrift.exchange;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;
import spindrift.base.Multihash;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;

/** Keeps all that was read from a stream of messages. */
final class RecordedMessages implements MessageSink {
  final List<WantEntry> wants = new ArrayList<>();
  final List<OutgoingMessage.PresenceEntry> presences = new ArrayList<>();
  final List<Block> blocks = new ArrayList<>();
  int full;
  int messages;
  int uncalled;
  int progress;
  boolean expectsBlocks = true;

  /** Reads all messages of a stream. */
  static RecordedMessages of(Bytes stream)
      throws IOException, MalformedDataException, InterruptedException {
    return new RecordedMessages().read(stream);
  }

  RecordedMessages read(Bytes stream)
      throws IOException, MalformedDataException, InterruptedException {
    MessageReader reader =
        new MessageReader(new ByteArrayInputStream(stream.toArray()), new Semaphore(1), this);
    while (reader.awaitMessage()) {
      reader.readMessage();
    }
    return this;
  }

  @Override
  public void want(WantEntry entry) {
    wants.add(entry);
  }

  @Override
  public void wantlistIsFull() {
    full++;
  }

  @Override
  public void messageEnded() {
    messages++;
  }

  @Override
  public void presence(Cid cid, Presence presence) {
    presences.add(new OutgoingMessage.PresenceEntry(cid, presence));
  }

  @Override
  public boolean expectsBlocks() {
    return expectsBlocks;
  }

  @Override
  public void block(BlockPrefix prefix, byte[] bytes) {
    Optional<Multihash> hash = prefix.hash(bytes);
    Cid cid =
        hash.map(known -> new Cid(prefix.version(), prefix.codec(), known))
            .orElse(Cid.identityRaw(Bytes.EMPTY));
    blocks.add(new Block(cid, Bytes.owning(bytes)));
  }

  @Override
  public void uncalledBlock() {
    uncalled++;
  }

  @Override
  public void progress(int bytes) {
    progress += bytes;
  }
}
