package spindrift.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;
import spindrift.base.Multihash;
import spindrift.base.Varint;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;
import spindrift.testkit.Seeds;

/** Bytes by hand from the protobuf schema of the specification. */
class MessageTest {
  private static final Block HELLO = Block.raw(Bytes.utf8("hello"));
  private static final String HELLO_DIGEST =
      "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
  private static final String HELLO_CID = "01551220" + HELLO_DIGEST;
  private static final String HELLO_V0 = "1220" + HELLO_DIGEST;

  @Test
  void writesWantsAsTheSpecificationSays() throws Exception {
    OutgoingMessage message =
        message(
            List.of(
                WantEntry.block(HELLO.cid(), 7),
                new WantEntry(HELLO.cid(), 1, WantEntry.Kind.HAVE, WantEntry.DontHave.KEEP_QUIET),
                WantEntry.cancel(HELLO.cid())));
    String entry = "0a24" + HELLO_CID;
    assertThat(written(message, Dialect.V1_2).hex())
        .isEqualTo(
            delimited(
                inside(
                    "0a",
                    inside("0a", entry + "1007" + "2801")
                        + inside("0a", entry + "1001" + "2001")
                        + inside("0a", entry + "1801"))));
  }

  @Test
  void writesOlderWantsWithoutWhatCameLater() throws Exception {
    OutgoingMessage message =
        new OutgoingMessage(
            List.of(WantEntry.block(HELLO.cid(), 7)),
            true,
            List.of(new OutgoingMessage.PresenceEntry(HELLO.cid(), Presence.HAVE)),
            List.of(),
            99);
    assertThat(written(message, Dialect.V1_1).hex())
        .isEqualTo(delimited(inside("0a", inside("0a", "0a24" + HELLO_CID + "1007") + "1001")));
  }

  @Test
  void writesBlocksWithPrefixes() throws Exception {
    OutgoingMessage message =
        new OutgoingMessage(
            List.of(),
            false,
            List.of(new OutgoingMessage.PresenceEntry(HELLO.cid(), Presence.DONT_HAVE)),
            List.of(HELLO),
            300);
    String presence = inside("22", "0a24" + HELLO_CID + "1001");
    String payload = inside("1a", "0a0401551220" + "1205" + "68656c6c6f");
    assertThat(written(message, Dialect.V1_2).hex())
        .isEqualTo(delimited("0a00" + presence + "28ac02" + payload));
    assertThat(written(message, Dialect.V1_1).hex()).isEqualTo(delimited("0a00" + payload));
  }

  @Test
  void writesBareBlocksForVersionZero() throws Exception {
    OutgoingMessage message = OutgoingMessage.blocks(List.of(HELLO), 0);
    String bare = delimited("0a00" + "1205" + "68656c6c6f");
    assertThat(written(message, Dialect.V1_0).hex()).isEqualTo(bare);
    assertThat(written(message, Dialect.UNVERSIONED).hex()).isEqualTo(bare);
  }

  @Test
  void readsWhatIsLeftOutAsItsDefault() throws Exception {
    RecordedMessages read = read(delimited(inside("0a", inside("0a", "0a22" + HELLO_V0))));
    assertThat(read.wants)
        .containsExactly(
            new WantEntry(
                Cid.v0(HELLO.cid().hash()),
                0,
                WantEntry.Kind.BLOCK,
                WantEntry.DontHave.KEEP_QUIET));
    assertThat(read.full).isZero();
    assertThat(read.messages).isOne();
  }

  @Test
  void readsBareBlocksAsVersionZero() throws Exception {
    assertThat(read(delimited("1205" + "68656c6c6f")).blocks)
        .containsExactly(new Block(Cid.v0(HELLO.cid().hash()), HELLO.bytes()));
  }

  @Test
  void readsEmptyBlocksWithAndWithoutData() throws Exception {
    String prefix = "0a0401551220";
    assertThat(read(delimited(inside("1a", prefix) + inside("1a", prefix + "1200"))).blocks)
        .containsExactly(Block.raw(Bytes.EMPTY), Block.raw(Bytes.EMPTY));
  }

  @Test
  void readsFieldsInAnyOrderAndSkipsStrangeOnes() throws Exception {
    String strange = "f80105" + "f101" + "0000000000000000" + "f50100000000" + "fa0103aabbcc";
    RecordedMessages read =
        read(
            delimited(
                strange
                    + inside("1a", "1205" + "68656c6c6f" + strange + "0a0401551220")
                    + inside("22", strange + "1001" + "0a24" + HELLO_CID)
                    + inside("0a", "1001" + inside("0a", strange + "1801" + "0a24" + HELLO_CID))));
    assertThat(read.blocks).containsExactly(HELLO);
    assertThat(read.presences)
        .containsExactly(new OutgoingMessage.PresenceEntry(HELLO.cid(), Presence.DONT_HAVE));
    assertThat(read.wants).containsExactly(WantEntry.cancel(HELLO.cid()));
    assertThat(read.full).isOne();
  }

  @Test
  void takesNegativePrioritiesAsTheLeast() throws Exception {
    String minusOne = "10ffffffffffffffffff01";
    assertThat(read(delimited(inside("0a", inside("0a", "0a24" + HELLO_CID + minusOne)))).wants)
        .extracting(WantEntry::priority)
        .containsExactly(-1);
  }

  @Test
  void computesEveryHashThatTheJdkHas() throws Exception {
    Bytes data = Bytes.utf8("blob 5\0hello");
    for (long function : List.of(Multihash.SHA1, Multihash.SHA2_256, Multihash.SHA2_512)) {
      int size = function == Multihash.SHA1 ? 20 : function == Multihash.SHA2_256 ? 32 : 64;
      BlockPrefix prefix = new BlockPrefix(1, Cid.GIT_RAW, function, size);
      assertThat(prefix.hash(data.toArray()).orElseThrow().check(data))
          .isEqualTo(Multihash.Verdict.MATCHES);
    }
    assertThat(new BlockPrefix(1, Cid.RAW, Multihash.SHA2_512, 32).hash(data.toArray()))
        .hasValueSatisfying(
            hash -> assertThat(hash.check(data)).isEqualTo(Multihash.Verdict.MATCHES));
    assertThat(new BlockPrefix(1, Cid.RAW, Multihash.IDENTITY, 12).hash(data.toArray()))
        .contains(Multihash.identity(data));
  }

  @Test
  void provesNothingByHashesThatAreUnknownOrShort() {
    byte[] data = {1};
    assertThat(new BlockPrefix(1, Cid.RAW, Multihash.BLAKE3, 32).hash(data)).isEmpty();
    assertThat(new BlockPrefix(1, Cid.RAW, Multihash.SHA2_256, 19).hash(data)).isEmpty();
    assertThat(new BlockPrefix(1, Cid.RAW, Multihash.SHA2_256, 33).hash(data)).isEmpty();
    assertThat(new BlockPrefix(1, Cid.RAW, Multihash.IDENTITY, 200).hash(new byte[200])).isEmpty();
  }

  @Test
  void passesOverBlocksThatNobodyExpects() throws Exception {
    RecordedMessages sink = new RecordedMessages();
    sink.expectsBlocks = false;
    sink.read(
        written(OutgoingMessage.blocks(List.of(HELLO), 0), Dialect.V1_2)
            .concat(written(OutgoingMessage.blocks(List.of(HELLO), 0), Dialect.V1_0)));
    assertThat(sink.blocks).isEmpty();
    assertThat(sink.uncalled).isEqualTo(2);
    assertThat(sink.progress).isZero();
  }

  @Test
  void whatIsWrittenIsRead() {
    Seeds.forEach(
        200,
        random -> {
          Dialect dialect = random.nextBoolean() ? Dialect.V1_2 : Dialect.V1_1;
          OutgoingMessage message = someMessage(random);
          RecordedMessages read = RecordedMessages.of(written(message, dialect));
          assertThat(read.blocks).isEqualTo(message.blocks());
          assertThat(read.full).isEqualTo(message.full() ? 1 : 0);
          if (dialect == Dialect.V1_2) {
            assertThat(read.wants).isEqualTo(message.wants());
            assertThat(read.presences).isEqualTo(message.presences());
          }
        });
  }

  @Test
  void aStreamThatEndsInAMessageIsAnError() throws Exception {
    Bytes whole =
        written(
            new OutgoingMessage(
                List.of(WantEntry.block(HELLO.cid(), 5)),
                true,
                List.of(new OutgoingMessage.PresenceEntry(HELLO.cid(), Presence.HAVE)),
                List.of(HELLO),
                5),
            Dialect.V1_2);
    for (int size = 1; size < whole.size(); size++) {
      Bytes cut = whole.slice(0, size);
      assertThatThrownBy(() -> RecordedMessages.of(cut)).isInstanceOf(EOFException.class);
    }
    assertThat(RecordedMessages.of(Bytes.EMPTY).messages).isZero();
  }

  @Test
  void aMessageThatIsCutShortInsideIsMalformed() throws Exception {
    String entry = inside("0a", "0a24" + HELLO_CID + "1007" + "2801");
    String whole =
        inside("0a", entry)
            + inside("22", "0a24" + HELLO_CID + "1001")
            + inside("1a", "0a0401551220" + "1205" + "68656c6c6f");
    int cuts = 0;
    for (int size = 1; size < whole.length() / 2; size++) {
      String cut = whole.substring(0, 2 * size);
      try {
        read(delimited(cut));
      } catch (MalformedDataException expected) {
        cuts++;
      }
    }
    // Only between the three fields it is whole.
    assertThat(cuts).isEqualTo(whole.length() / 2 - 1 - 2);
  }

  @Test
  void refusesLengthsThatAreTooLargeBeforeReadingOn() {
    String message = varint(MessageReader.MAX_MESSAGE_BYTES);
    String part = varint(3 << 20);
    String block = "12" + varint(Block.MAX_BYTES + 1L);
    assertMalformed(varint(MessageReader.MAX_MESSAGE_BYTES + 1L), "message of");
    assertMalformed(message + block, "block of");
    assertMalformed(message + "1a" + part + block, "block of");
    assertMalformed(message + "0a" + message, "part of");
    assertMalformed(message + "0a" + part + "0a" + message, "part of");
    assertMalformed(message + "0a" + part + "0a" + part, "part of");
    assertMalformed(message + "0a" + part + "0a7f" + "0a9602", "CID of 278 bytes, more");
    assertMalformed(message + "0a" + part + "0a7f" + "0a7f", "CID of 127 bytes where");
    assertMalformed(message + "1a" + part + "0a25", "prefix of");
    assertMalformed("ffffffffffffffffff01", "message of -1");
  }

  @Test
  void refusesEntriesThatNameNoBlock() {
    assertMalformed(delimited(inside("0a", "0a00")), "want without its CID");
    assertMalformed(delimited(inside("0a", inside("0a", "0a00"))), "CID");
    assertMalformed(delimited("2200"), "presence without its CID");
    assertMalformed(delimited("1a00"), "block without its CID");
    assertMalformed(delimited(inside("1a", "0a0402551220")), "CID version 2");
    assertMalformed(delimited(inside("1a", "0a0501551281" + "01")), "digest of 129 bytes");
  }

  @Test
  void refusesWhatIsNoProtobuf() {
    assertMalformed(delimited("00"), "field number 0");
    assertMalformed(delimited("0b"), "wire type 3");
    assertMalformed(delimited("28ffffffffffffffffffff01"), "varint");
  }

  @Test
  void aWantlistOfAMillionEntriesIsPassedOnEntryByEntry() throws Exception {
    String smallest = inside("0a", "0a0401550000");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int each = 100_000;
    byte[] entries = Bytes.parseHex(smallest.repeat(each)).toArray();
    for (int i = 0; i < 10; i++) {
      byte[] head = new byte[16];
      head[0] = 0x0a;
      int headSize = Varint.write(entries.length, head, 1);
      Varint.write(headSize + entries.length, out);
      out.write(head, 0, headSize);
      out.write(entries);
    }
    RecordedMessages read = RecordedMessages.of(Bytes.owning(out.toByteArray()));
    assertThat(read.wants).hasSize(10 * each);
  }

  private static OutgoingMessage someMessage(RandomGenerator random) {
    List<WantEntry> wants = new ArrayList<>();
    List<OutgoingMessage.PresenceEntry> presences = new ArrayList<>();
    List<Block> blocks = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      Block block = Block.of(random.nextInt(1 << 20), Seeds.someBytes(random, 100_000));
      blocks.add(block);
      wants.add(WantEntry.block(block.cid(), random.nextInt(Integer.MAX_VALUE)));
      wants.add(WantEntry.cancel(block.cid()));
      presences.add(new OutgoingMessage.PresenceEntry(block.cid(), Presence.HAVE));
    }
    return new OutgoingMessage(wants, random.nextBoolean(), presences, blocks, random.nextInt(9));
  }

  private static OutgoingMessage message(List<WantEntry> wants) {
    return new OutgoingMessage(wants, false, List.of(), List.of(), 0);
  }

  private static Bytes written(OutgoingMessage message, Dialect dialect) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    message.writeTo(out, dialect);
    return Bytes.copyOf(out.toByteArray());
  }

  private static RecordedMessages read(String hex) throws Exception {
    return RecordedMessages.of(Bytes.parseHex(hex));
  }

  private static void assertMalformed(String hex, String rule) {
    assertThatThrownBy(() -> read(hex))
        .isInstanceOf(MalformedDataException.class)
        .hasMessageContaining(rule);
  }

  /** A tag, a length and so much. */
  private static String inside(String tag, String content) {
    return tag + delimited(content);
  }

  private static String delimited(String content) {
    return varint(content.length() / 2L) + content;
  }

  private static String varint(long value) {
    byte[] out = new byte[9];
    return Bytes.copyOf(out, 0, Varint.write(value, out, 0)).hex();
  }
}
