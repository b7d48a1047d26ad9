package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;
import spindrift.base.Multihash;
import spindrift.base.ProtoWriter;
import spindrift.catalog.Views;
import spindrift.ipld.Cid;
import spindrift.nix.NarInfo;
import spindrift.nix.Nix32;
import spindrift.nix.StoreDir;
import spindrift.substitute.AnswerMessage.End;
import spindrift.substitute.AnswerMessage.ObjectViews;
import spindrift.testkit.Seeds;

/** Answers on the wire. */
final class AnswerMessageTest {
  private static final String HASH_PART = "00bgd045z0d4icpbc2yyz4gx48ak44la";

  @Test
  void isWrittenAndReadAsProtobufDoes() throws Exception {
    AnswerMessage message = AnswerMessage.decode(Vectors.message("answer"));
    assertThat(message.encode().toDelimited()).isEqualTo(Vectors.delimited("answer"));
    assertThat(message.absent()).containsExactly(1, 2);
    assertThat(message.end()).isEmpty();
    NarInfo info = NarInfo.parse(StoreDir.DEFAULT, message.narInfos().getFirst());
    assertThat(info.path().baseName()).isEqualTo(HASH_PART + "-hello");
    ObjectViews views = message.views().getFirst();
    assertThat(views.hashPart()).isEqualTo(HASH_PART);
    assertThat(views.views().nar())
        .hasToString("bafybeicnpllusgtozuhs2jzhtjjdtw5nz5at2vwfpww43uv5cyoeraacsi");
    assertThat(views.views().tree())
        .hasToString("bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am");
    views.views().nar().verify(views.narViewRoot().orElseThrow(), "vector");
  }

  @Test
  void theLastMessageSaysWhy() throws Exception {
    for (End why : End.values()) {
      AnswerMessage last = new AnswerMessage(List.of(), List.of(), List.of(), Optional.of(why));
      assertThat(AnswerMessage.decode(last.encode().toBytes())).isEqualTo(last);
    }
    assertThat(AnswerMessage.decode(Bytes.of(0x20, 1)).end()).contains(End.COMPLETE);
    assertThat(AnswerMessage.decode(Bytes.of(0x20, 2)).end()).contains(End.BUSY);
    assertThat(AnswerMessage.decode(Bytes.EMPTY).end()).isEmpty();
  }

  @Test
  void anythingThatIsWrittenIsReadBack() {
    Seeds.forEach(
        200,
        random -> {
          AnswerMessage message = random(random);
          assertThat(AnswerMessage.decode(message.encode().toBytes())).isEqualTo(message);
        });
  }

  private static AnswerMessage random(RandomGenerator random) {
    List<Bytes> narInfos = new ArrayList<>();
    List<ObjectViews> views = new ArrayList<>();
    List<Integer> absent = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      narInfos.add(Seeds.someBytes(random, 500));
      Bytes root = Seeds.someBytes(random, 300);
      views.add(
          new ObjectViews(
              Nix32.encode(Seeds.bytes(random, 20)),
              new Views(
                  Cid.dagPb(Seeds.bytes(random, 32)),
                  Cid.identityRaw(Seeds.someBytes(random, 128))),
              random.nextBoolean() ? Optional.of(root) : Optional.empty()));
      absent.add(random.nextInt(LookupRequest.MAX_KEYS));
    }
    return new AnswerMessage(narInfos, views, absent, Optional.empty());
  }

  @Test
  void oneThatIsCutOffAnywhereIsAnotherOrNone() throws Exception {
    Bytes whole = Vectors.message("answer");
    AnswerMessage message = AnswerMessage.decode(whole);
    for (int size = 0; size < whole.size(); size++) {
      try {
        assertThat(AnswerMessage.decode(whole.slice(0, size))).isNotEqualTo(message);
      } catch (MalformedDataException e) {
        assertThat(e.format()).isIn("look-up answer", "CID");
      }
    }
  }

  @Test
  void refusesWhatBreaksALimit() {
    refuses("entries", out -> repeat(16_385, () -> out.bytes(1, Bytes.EMPTY)));
    refuses("entries", out -> repeat(16_385, () -> out.varint(3, 1)));
    refuses("key number", out -> out.varint(3, LookupRequest.MAX_KEYS));
    refuses("end", out -> out.varint(4, 0));
    refuses("end", out -> out.varint(4, 4));
    refuses("one missing", out -> out.bytes(2, Bytes.EMPTY));
    refuses("root block", out -> out.message(2, views().bytes(4, Bytes.owning(new byte[32_769]))));
  }

  @Test
  void refusesViewsThatNobodyCanRead() {
    Bytes digest = Bytes.owning(new byte[32]);
    for (Cid cid :
        List.of(
            Cid.dagCbor(digest),
            Cid.of(Cid.RAW, new Multihash(Multihash.SHA1, digest.slice(0, 20))),
            Cid.of(Cid.RAW, new Multihash(Multihash.SHA2_256, digest.slice(0, 20))))) {
      refuses("no view has", out -> out.message(2, views().bytes(2, cid.toBytes())));
    }
  }

  private static ProtoWriter views() {
    Bytes cid = Cid.raw(Bytes.owning(new byte[32])).toBytes();
    return new ProtoWriter().bytes(1, Bytes.owning(new byte[20])).bytes(2, cid).bytes(3, cid);
  }

  private static void repeat(int times, Runnable action) {
    for (int i = 0; i < times; i++) {
      action.run();
    }
  }

  private static void refuses(String rule, Consumer<ProtoWriter> fields) {
    ProtoWriter out = new ProtoWriter();
    fields.accept(out);
    assertThatThrownBy(() -> AnswerMessage.decode(out.toBytes()))
        .isInstanceOf(MalformedDataException.class)
        .hasMessageContaining(rule);
  }
}
