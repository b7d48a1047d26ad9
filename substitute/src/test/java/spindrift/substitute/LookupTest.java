package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.catalog.Progress;
import spindrift.catalog.Testimony;
import spindrift.catalog.TrustPolicy;
import spindrift.catalog.TrustRules;
import spindrift.catalog.Verdict;
import spindrift.dag.DagFile;
import spindrift.ipld.Cid;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.substitute.LookupAnswer.Found;
import spindrift.substitute.LookupRequest.Scope;

/** One node asks another what it has. */
final class LookupTest {
  private static final StorePath A = LookupNode.path('a');
  private static final StorePath B = LookupNode.path('b');
  private static final StorePath C = LookupNode.path('c');
  private static final TrustPolicy TRUSTED =
      new TrustPolicy(TrustRules.anyOf(List.of(LookupNode.KEY.publicKey())), StoreDir.DEFAULT);

  @TempDir Path folder;
  private LookupNode server;
  private LookupNode client;

  @BeforeEach
  void start() throws Exception {
    server = new LookupNode(folder.resolve("server"));
    client = new LookupNode(folder.resolve("client"));
    client.connect(server);
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    server.close();
  }

  @Test
  void anObjectOfTheStoreIsToldOfBeforeItIsIndexed() throws Exception {
    PathInfo info = server.addPublic(A, Bytes.utf8("a"));
    Found found = only(ask(Duration.ZERO, A));
    assertThat(found.narInfo().pathInfo()).isEqualTo(info);
    assertThat(found.narInfo().url()).isEqualTo("nar/" + info.narHash().nix32() + ".nar");
    assertThat(TRUSTED.judge(List.of(new Testimony("peer", found.narInfo()))))
        .isInstanceOfSatisfying(
            Verdict.Accepted.class,
            accepted -> assertThat(accepted.info()).isEqualTo(found.narInfo()));
    LookupNode.await(() -> views(A).isPresent());
  }

  @Test
  void viewsAreComputedWhileThePeerWaits() throws Exception {
    PathInfo info = server.addPublic(A, Bytes.owning(new byte[300_000]));
    Found found = only(ask(Duration.ofSeconds(50), A));
    Cid view = found.views().orElseThrow().nar();
    Bytes root = found.narViewRoot().orElseThrow();
    view.verify(root, "test");
    DagFile nar = DagFile.open(view, cid -> root);
    assertThat(nar.size()).isEqualTo(info.narSize());
    assertThat(server.arrived).contains(view, found.views().get().tree());
    assertThat(server.sharing.isPublic(view)).isTrue();
  }

  @Test
  void anIndexedObjectIsFoundByItsNarHash() throws Exception {
    PathInfo info = server.addPublic(A, Bytes.utf8("a"));
    LookupRequest.Key key = new LookupRequest.Key.NarHash(info.narHash());
    assertThat(ask(request(Scope.OBJECTS, Duration.ZERO, List.of(key))).absent())
        .containsExactly(key);
    server.indexer.add(List.of(A), Progress.NONE);
    Found found = only(ask(request(Scope.OBJECTS, Duration.ZERO, List.of(key))));
    assertThat(found.narInfo().path()).isEqualTo(A);
    assertThat(found.views()).isPresent();
    assertThat(found.narInfo().extraFields()).isEmpty();
  }

  @Test
  void aClosureComesDependenciesFirst() throws Exception {
    server.addPublic(C, Bytes.utf8("c"), C);
    server.addPublic(B, Bytes.utf8("b"), C);
    server.addPublic(A, Bytes.utf8("a"), B, C, LookupNode.path('d'));
    LookupAnswer answer = ask(request(Scope.CLOSURES, Duration.ZERO, keys(A)));
    assertThat(paths(answer)).containsExactly(C, B, A);
    assertThat(answer.absent()).isEmpty();
    assertThat(paths(ask(request(Scope.OBJECTS, Duration.ZERO, keys(A, C))))).containsExactly(A, C);
  }

  @Test
  void privateObjectsAreLeftOutOfAClosure() throws Exception {
    server.addPublic(C, Bytes.utf8("c"));
    server.addPrivate(B, Bytes.utf8("b"), C);
    server.addPublic(A, Bytes.utf8("a"), B);
    assertThat(paths(ask(request(Scope.CLOSURES, Duration.ZERO, keys(A))))).containsExactly(A);
  }

  @Test
  void aClosureOfAThousandPathsIsOneAnswer() throws Exception {
    List<StorePath> all = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      StorePath path = numbered(i);
      StorePath[] references = all.reversed().stream().limit(3).toArray(StorePath[]::new);
      server.addPublic(path, Bytes.utf8("object " + i), references);
      all.add(path);
    }
    server.indexer.add(all, Progress.NONE);
    LookupAnswer answer = ask(request(Scope.CLOSURES, Duration.ZERO, keys(all.getLast())));
    assertThat(paths(answer)).containsExactlyElementsOf(all);
    assertThat(answer.found()).allMatch(found -> found.views().isPresent());
    LookupAnswer named =
        ask(request(Scope.OBJECTS, Duration.ZERO, keys(all.toArray(StorePath[]::new))));
    assertThat(paths(named)).containsExactlyElementsOf(all);
  }

  @Test
  void whatIsNotThereIsAbsent() throws Exception {
    LookupAnswer answer = ask(Duration.ZERO, A, B);
    assertThat(answer.found()).isEmpty();
    assertThat(answer.absent()).isEqualTo(keys(A, B));
    LookupRequest.Key nar = new LookupRequest.Key.NarHash(NixHash.sha256Of(Bytes.utf8("x")));
    assertThat(ask(request(Scope.CLOSURES, Duration.ZERO, List.of(nar))).absent())
        .containsExactly(nar);
    assertThat(ask(request(Scope.OBJECTS, Duration.ZERO, List.of())).absent()).isEmpty();
  }

  @Test
  void aPathThatIsGoneIsAbsentSoon() throws Exception {
    server.addPublic(A, Bytes.utf8("a"));
    only(ask(Duration.ZERO, A));
    server.store.remove(A);
    LookupNode.await(() -> isAbsent(A));
  }

  @Test
  void everyPathIsAbsentInAnotherStoreDirectory() throws Exception {
    server.addPublic(A, Bytes.utf8("a"));
    LookupClient other = new LookupClient(client.host, new StoreDir("/other/store"));
    LookupAnswer answer =
        other.ask(server.peerId(), request(Scope.OBJECTS, Duration.ZERO, keys(A)), LookupNode.LONG);
    assertThat(answer.absent()).isEqualTo(keys(A));
  }

  @Test
  void aDamagedPathHasNoViewsAndKeepsNobodyWaiting() throws Exception {
    PathInfo info = server.addPublic(A, Bytes.utf8("a"));
    java.nio.file.Files.write(server.store.realPath(A), new byte[] {7});
    Found found = only(ask(Duration.ofSeconds(60), A));
    assertThat(found.narInfo().narHash()).isEqualTo(info.narHash());
    assertThat(found.views()).isEmpty();
    assertThat(only(ask(Duration.ofSeconds(60), A)).views()).isEmpty();
  }

  @Test
  void aHostThatDoesNotSpeakTheProtocolIsToldApart() throws Exception {
    try (spindrift.p2p.Host silent =
        spindrift.p2p.Host.start(
            spindrift.p2p.Identity.generate(),
            spindrift.p2p.HostSettings.defaults(
                List.of(spindrift.p2p.Multiaddr.parse("/ip4/127.0.0.1/tcp/0")), "test/1"))) {
      client.host.connect(silent.addresses().getFirst().withPeer(silent.peerId()), LookupNode.LONG);
      LookupRequest request = request(Scope.OBJECTS, Duration.ZERO, keys(A));
      assertThatThrownBy(() -> client.client.ask(silent.peerId(), request, LookupNode.LONG))
          .isInstanceOf(AbsentException.class);
    }
  }

  static StorePath numbered(int number) {
    return new StorePath(String.format("%032d", number), "n" + number);
  }

  static List<LookupRequest.Key> keys(StorePath... paths) {
    return List.of(paths).stream()
        .<LookupRequest.Key>map(path -> new LookupRequest.Key.HashPart(path.hashPart()))
        .toList();
  }

  private static LookupRequest request(
      Scope scope, Duration viewsWithin, List<LookupRequest.Key> keys) {
    return new LookupRequest(keys, scope, viewsWithin);
  }

  private LookupAnswer ask(LookupRequest request) throws Exception {
    return client.ask(server, request);
  }

  private LookupAnswer ask(Duration viewsWithin, StorePath... paths) throws Exception {
    return ask(request(Scope.OBJECTS, viewsWithin, keys(paths)));
  }

  private static Found only(LookupAnswer answer) {
    assertThat(answer.absent()).isEmpty();
    assertThat(answer.found()).hasSize(1);
    return answer.found().getFirst();
  }

  private static List<StorePath> paths(LookupAnswer answer) {
    return answer.found().stream().map(Found::narInfo).map(NarInfo::path).toList();
  }

  private Optional<spindrift.catalog.Views> views(StorePath path) {
    try {
      return only(ask(Duration.ZERO, path)).views();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private boolean isAbsent(StorePath path) {
    try {
      return !ask(Duration.ZERO, path).absent().isEmpty();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
