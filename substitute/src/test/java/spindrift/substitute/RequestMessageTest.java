package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;
import spindrift.base.ProtoWriter;
import spindrift.nix.HashAlgorithm;
import spindrift.nix.Nix32;
import spindrift.nix.NixHash;
import spindrift.nix.StoreDir;
import spindrift.substitute.LookupRequest.Scope;
import spindrift.testkit.Seeds;

/** Requests on the wire. */
final class RequestMessageTest {
  private static final LookupRequest.Key PART =
      new LookupRequest.Key.HashPart("00bgd045z0d4icpbc2yyz4gx48ak44la");
  private static final LookupRequest.Key OTHER =
      new LookupRequest.Key.HashPart("7h7qgvs4kgzsn8a6rb273saxyqh4jxlz");
  private static final LookupRequest.Key NAR =
      new LookupRequest.Key.NarHash(NixHash.sha256Of(Bytes.EMPTY));

  @Test
  void isWrittenAndReadAsProtobufDoes() throws Exception {
    check("request-one", new LookupRequest(List.of(PART), Scope.OBJECTS, Duration.ZERO));
    check(
        "request-full",
        new LookupRequest(List.of(PART, OTHER, NAR), Scope.CLOSURES, Duration.ofMillis(1500)));
  }

  private static void check(String vector, LookupRequest request) throws Exception {
    RequestMessage message = RequestMessage.of(StoreDir.DEFAULT, request);
    assertThat(message.encode().toDelimited()).isEqualTo(Vectors.delimited(vector));
    assertThat(RequestMessage.decode(Vectors.message(vector))).isEqualTo(message);
  }

  @Test
  void hashPartsComeBeforeNarHashes() throws Exception {
    LookupRequest mixed = new LookupRequest(List.of(NAR, PART), Scope.OBJECTS, Duration.ZERO);
    Bytes written = RequestMessage.of(StoreDir.DEFAULT, mixed).encode().toBytes();
    assertThat(RequestMessage.decode(written).request().keys()).containsExactly(PART, NAR);
  }

  @Test
  void flatHashesComeLastAndAreFew() throws Exception {
    LookupRequest.Key flat =
        new LookupRequest.Key.FlatHash(new NixHash(HashAlgorithm.SHA1, Bytes.owning(new byte[20])));
    LookupRequest mixed = new LookupRequest(List.of(flat, NAR, PART), Scope.OBJECTS, Duration.ZERO);
    Bytes written = RequestMessage.of(StoreDir.DEFAULT, mixed).encode().toBytes();
    assertThat(RequestMessage.decode(written).request().keys()).containsExactly(PART, NAR, flat);
    ProtoWriter many = new ProtoWriter();
    for (int i = 0; i <= LookupRequest.MAX_FLAT_HASHES; i++) {
      many.text(6, "sha1:" + "0".repeat(32));
    }
    assertThatThrownBy(() -> RequestMessage.decode(many.toBytes()))
        .isInstanceOf(MalformedDataException.class)
        .hasMessageContaining("16 flat hashes");
    assertThatThrownBy(() -> RequestMessage.decode(new ProtoWriter().text(6, "sha1:x").toBytes()))
        .isInstanceOf(MalformedDataException.class);
  }

  @Test
  void anythingThatIsWrittenIsReadBack() {
    Seeds.forEach(
        200,
        random -> {
          RequestMessage message = random(random);
          assertThat(RequestMessage.decode(message.encode().toBytes())).isEqualTo(message);
        });
  }

  private static RequestMessage random(RandomGenerator random) {
    List<LookupRequest.Key> keys = new ArrayList<>();
    for (int i = random.nextInt(20); i > 0; i--) {
      keys.add(new LookupRequest.Key.HashPart(Nix32.encode(Seeds.bytes(random, 20))));
    }
    for (int i = random.nextInt(20); i > 0; i--) {
      keys.add(new LookupRequest.Key.NarHash(NixHash.sha256(Seeds.bytes(random, 32))));
    }
    Scope scope = random.nextBoolean() ? Scope.OBJECTS : Scope.CLOSURES;
    Duration within = Duration.ofMillis(random.nextInt(60_001));
    return new RequestMessage("/any/store", new LookupRequest(keys, scope, within));
  }

  @Test
  void oneThatIsCutOffAnywhereIsAnotherOrNone() throws Exception {
    Bytes whole = Vectors.message("request-full");
    RequestMessage message = RequestMessage.decode(whole);
    for (int size = 0; size < whole.size(); size++) {
      try {
        assertThat(RequestMessage.decode(whole.slice(0, size))).isNotEqualTo(message);
      } catch (MalformedDataException e) {
        assertThat(e.format()).isEqualTo("look-up request");
      }
    }
  }

  @Test
  void fieldsThatAreNotKnownAreSkipped() throws Exception {
    Bytes whole = Vectors.message("request-one");
    Bytes more = new ProtoWriter().varint(99, 7).text(1000, "new").toBytes();
    assertThat(RequestMessage.decode(whole.concat(more))).isEqualTo(RequestMessage.decode(whole));
  }

  @Test
  void aLongWaitCountsAsTheLongest() throws Exception {
    for (long millis : new long[] {60_001, Long.MAX_VALUE}) {
      Bytes message = new ProtoWriter().varint(5, millis).toBytes();
      assertThat(RequestMessage.decode(message).request().viewsWithin())
          .isEqualTo(LookupRequest.MAX_VIEWS_WITHIN);
    }
  }

  @Test
  void refusesWhatBreaksALimit() {
    Bytes key = Bytes.owning(new byte[20]);
    refuses("keys", out -> Collections.nCopies(4097, key).forEach(each -> out.bytes(2, each)));
    refuses("store directory", out -> out.text(1, "/" + "x".repeat(4096)));
    refuses("a key of 19 bytes", out -> out.bytes(2, Bytes.owning(new byte[19])));
    refuses("a key of 33 bytes", out -> out.bytes(3, Bytes.owning(new byte[33])));
    refuses("scope", out -> out.varint(4, 2));
    refuses("wire type", out -> out.varint(2, 1));
    refuses("UTF-8", out -> out.bytes(1, Bytes.of(0xff)));
  }

  private static void refuses(String rule, Consumer<ProtoWriter> fields) {
    ProtoWriter out = new ProtoWriter();
    fields.accept(out);
    assertThatThrownBy(() -> RequestMessage.decode(out.toBytes()))
        .isInstanceOf(MalformedDataException.class)
        .hasMessageContaining(rule);
  }

  @Test
  void theLargestRequestFitsIntoAMessage() {
    List<LookupRequest.Key> keys = Collections.nCopies(LookupRequest.MAX_KEYS, NAR);
    LookupRequest request = new LookupRequest(keys, Scope.CLOSURES, LookupRequest.MAX_VIEWS_WITHIN);
    String longest = "/" + "x".repeat(4095);
    assertThat(new RequestMessage(longest, request).encode().size())
        .isLessThan(RequestMessage.MAX_BYTES);
  }

  @Test
  void aRequestKeepsToItsLimits() {
    Duration tooLong = LookupRequest.MAX_VIEWS_WITHIN.plusMillis(1);
    assertThatThrownBy(() -> new LookupRequest(List.of(PART), Scope.OBJECTS, tooLong))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> new LookupRequest(Collections.nCopies(4097, PART), Scope.OBJECTS, Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new LookupRequest.Key.HashPart("e".repeat(32)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
