package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.base.MalformedDataException;
import spindrift.catalog.Views;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.substitute.AnswerMessage.End;
import spindrift.substitute.AnswerMessage.ObjectViews;
import spindrift.substitute.LookupRequest.Scope;

/** Answers are put together, and those that break the protocol are refused. */
final class AnswerAssemblyTest {
  private static final StorePath A = LookupNode.path('a');
  private static final StorePath B = LookupNode.path('b');
  private static final StorePath C = LookupNode.path('c');
  private static final Block ROOT = Block.raw(Bytes.utf8("root"));

  @Test
  void theVectorIsAnAnswerToItsRequest() throws Exception {
    LookupRequest request = RequestMessage.decode(Vectors.message("request-full")).request();
    AnswerAssembly assembly = new AnswerAssembly(StoreDir.DEFAULT, request);
    assembly.add(Vectors.message("answer"));
    assertThat(assembly.end()).isEmpty();
    assembly.add(end(End.COMPLETE));
    assertThat(assembly.end()).contains(End.COMPLETE);
    LookupAnswer answer = assembly.finish();
    assertThat(answer.absent()).isEqualTo(request.keys().subList(1, 3));
    assertThat(answer.found().getFirst().narViewRoot()).isPresent();
  }

  @Test
  void viewsMayComeLater() throws Exception {
    LookupAnswer answer =
        assemble(Scope.OBJECTS, List.of(A, B), objects(A, B), views(B, ROOT), views(A, ROOT));
    assertThat(answer.found()).extracting(found -> found.narInfo().path()).containsExactly(A, B);
    assertThat(answer.found()).allMatch(found -> found.views().isPresent());
  }

  @Test
  void whatAClosureReachesWasAskedFor() throws Exception {
    Bytes chain = message(List.of(info(C), info(B, C), info(A, B)), List.of());
    assertThat(assemble(Scope.CLOSURES, List.of(A), chain).found()).hasSize(3);
    refuses("not asked for", Scope.OBJECTS, List.of(A), chain);
    refuses("not asked for", Scope.CLOSURES, List.of(B), chain);
    refuses("not asked for", Scope.CLOSURES, List.of(A), objects(A, B));
  }

  @Test
  void anObjectIsFoundByItsNarHash() throws Exception {
    LookupRequest request =
        new LookupRequest(
            List.of(new LookupRequest.Key.NarHash(info(A).narHash())),
            Scope.OBJECTS,
            Duration.ZERO);
    AnswerAssembly assembly = new AnswerAssembly(StoreDir.DEFAULT, request);
    assembly.add(objects(A));
    assertThat(assembly.finish().absent()).isEmpty();
  }

  @Test
  void refusesWhatIsToldTwice() throws Exception {
    refuses("twice", Scope.OBJECTS, List.of(A), objects(A, A));
    refuses("twice", Scope.OBJECTS, List.of(A), objects(A), views(A, ROOT), views(A, ROOT));
    refuses("not told", Scope.OBJECTS, List.of(A), views(A, ROOT));
  }

  @Test
  void refusesABlockThatIsNotTheRoot() throws Exception {
    Block other = new Block(ROOT.cid(), Bytes.utf8("another"));
    AnswerAssembly assembly = assembly(Scope.OBJECTS, List.of(A));
    assembly.add(objects(A));
    assertThatThrownBy(() -> assembly.add(views(A, other))).isInstanceOf(IntegrityException.class);
  }

  @Test
  void refusesNarinfosThatCannotBeRead() throws Exception {
    AnswerMessage broken =
        new AnswerMessage(
            List.of(Bytes.utf8("StorePath: nonsense\n")), List.of(), List.of(), Optional.empty());
    refuses("", Scope.OBJECTS, List.of(A), broken.encode().toBytes());
    AnswerAssembly elsewhere =
        new AnswerAssembly(
            new StoreDir("/other/store"),
            new LookupRequest(LookupTest.keys(A), Scope.OBJECTS, Duration.ZERO));
    assertThatThrownBy(() -> elsewhere.add(objects(A))).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void refusesNumbersOfKeysThatThereAreNot() throws Exception {
    AnswerMessage message = new AnswerMessage(List.of(), List.of(), List.of(1), Optional.empty());
    refuses("not asked for", Scope.OBJECTS, List.of(A), message.encode().toBytes());
  }

  @Test
  void refusesMoreThanWasAgreedOn() throws Exception {
    List<NarInfo> many = new ArrayList<>();
    for (int i = 0; i <= LookupAnswer.MAX_OBJECTS; i++) {
      many.add(info(LookupTest.numbered(i)));
    }
    Bytes tooMany = message(many, List.of());
    refuses("more than 10000 objects", Scope.CLOSURES, List.of(A), tooMany);

    Bytes padding = Bytes.owning(new byte[1 << 20]);
    AnswerMessage large = new AnswerMessage(List.of(), List.of(), List.of(), Optional.empty());
    Bytes message = large.encode().bytes(99, padding).toBytes();
    Bytes[] endless = Collections.nCopies(16, message).toArray(Bytes[]::new);
    refuses("16777216 bytes", Scope.OBJECTS, List.of(A), endless);
  }

  private static AnswerAssembly assembly(Scope scope, List<StorePath> asked) {
    List<LookupRequest.Key> keys = LookupTest.keys(asked.toArray(StorePath[]::new));
    return new AnswerAssembly(StoreDir.DEFAULT, new LookupRequest(keys, scope, Duration.ZERO));
  }

  private static LookupAnswer assemble(Scope scope, List<StorePath> asked, Bytes... messages)
      throws FaultException {
    AnswerAssembly assembly = assembly(scope, asked);
    for (Bytes message : messages) {
      assembly.add(message);
    }
    return assembly.finish();
  }

  private static void refuses(String rule, Scope scope, List<StorePath> asked, Bytes... messages) {
    assertThatThrownBy(() -> assemble(scope, asked, messages))
        .isInstanceOf(MalformedDataException.class)
        .hasMessageContaining(rule);
  }

  private static NarInfo info(StorePath path, StorePath... references) {
    NixHash hash = NixHash.sha256Of(Bytes.utf8(path.toString()));
    return NarInfo.of(PathInfo.of(path, hash, 100, List.of(references)));
  }

  private static Bytes objects(StorePath... paths) {
    return message(List.of(paths).stream().map(path -> info(path)).toList(), List.of());
  }

  private static Bytes views(StorePath path, Block root) {
    Cid cid = root.cid();
    return message(
        List.of(),
        List.of(new ObjectViews(path.hashPart(), new Views(cid, cid), Optional.of(root.bytes()))));
  }

  private static Bytes end(End why) {
    return new AnswerMessage(List.of(), List.of(), List.of(), Optional.of(why)).encode().toBytes();
  }

  private static Bytes message(List<NarInfo> infos, List<ObjectViews> views) {
    return new AnswerMessage(
            infos.stream().map(info -> Bytes.utf8(info.render(StoreDir.DEFAULT))).toList(),
            views,
            List.of(),
            Optional.empty())
        .encode()
        .toBytes();
  }
}
