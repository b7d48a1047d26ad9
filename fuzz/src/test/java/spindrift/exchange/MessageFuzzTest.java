package spindrift.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;
import spindrift.base.Multihash;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;

class MessageFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void messages(byte[] input) throws Exception {
    Parts whole = read(new ByteArrayInputStream(input));
    Parts trickled = read(new OneByOne(new ByteArrayInputStream(input)));
    assertThat(trickled.all).isEqualTo(whole.all);
    assertThat(whole.blockBytes).isLessThanOrEqualTo(input.length);

    OutgoingMessage again =
        new OutgoingMessage(whole.wants, false, whole.presences, whole.blocks, 0);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    again.writeTo(out, Dialect.V1_2);
    if (out.size() < MessageReader.MAX_MESSAGE_BYTES) {
      Parts reread = read(new ByteArrayInputStream(out.toByteArray()));
      assertThat(reread.wants).isEqualTo(whole.wants);
      assertThat(reread.presences).isEqualTo(whole.presences);
      assertThat(reread.blocks).isEqualTo(whole.blocks);
    }
  }

  private static Parts read(InputStream in) throws IOException, InterruptedException {
    Parts parts = new Parts();
    MessageReader reader = new MessageReader(in, new Semaphore(1), parts);
    try {
      while (reader.awaitMessage()) {
        reader.readMessage();
      }
    } catch (MalformedDataException | EOFException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
    return parts;
  }

  /** All that was read, in its order. */
  private static final class Parts implements MessageSink {
    final List<Object> all = new ArrayList<>();
    final List<WantEntry> wants = new ArrayList<>();
    final List<OutgoingMessage.PresenceEntry> presences = new ArrayList<>();
    final List<Block> blocks = new ArrayList<>();
    long blockBytes;

    @Override
    public void want(WantEntry entry) {
      all.add(entry);
      // Negative priorities are written as the least.
      if (entry.priority() >= 0) {
        wants.add(entry);
      }
    }

    @Override
    public void wantlistIsFull() {
      all.add("full");
    }

    @Override
    public void messageEnded() {
      all.add("end");
    }

    @Override
    public void presence(Cid cid, Presence presence) {
      presences.add(new OutgoingMessage.PresenceEntry(cid, presence));
      all.add(presences.getLast());
    }

    @Override
    public boolean expectsBlocks() {
      return true;
    }

    @Override
    public void block(BlockPrefix prefix, byte[] bytes) {
      all.add(prefix);
      all.add(Bytes.copyOf(bytes));
      prefix.hash(bytes).ifPresent(hash -> keep(prefix, hash, bytes));
    }

    private void keep(BlockPrefix prefix, Multihash hash, byte[] bytes) {
      assertThat(hash.check(Bytes.copyOf(bytes))).isEqualTo(Multihash.Verdict.MATCHES);
      if (prefix.version() == 1) {
        blocks.add(new Block(Cid.of(prefix.codec(), hash), Bytes.copyOf(bytes)));
      }
    }

    @Override
    public void uncalledBlock() {
      throw new AssertionError("every block is expected");
    }

    @Override
    public void progress(int bytes) {
      blockBytes += bytes;
    }
  }

  /** Gives one byte at a time. */
  private static final class OneByOne extends InputStream {
    private final InputStream in;

    OneByOne(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      return in.read();
    }

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
      return in.read(buffer, from, Math.min(1, length));
    }
  }
}
