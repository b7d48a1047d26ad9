package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.ProtoReader;
import spindrift.base.ProtoWriter;
import spindrift.base.Varint;
import spindrift.catalog.Progress;
import spindrift.catalog.Views;
import spindrift.exchange.FetchSession;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.Realisation;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.p2p.Host;
import spindrift.p2p.HostSettings;
import spindrift.p2p.Identity;
import spindrift.p2p.Multiaddr;
import spindrift.p2p.P2pStream;
import spindrift.substitute.LookupRequest.Scope;

/**
 * A peer that tries to learn of a private path sees what it would see if there were none, whichever
 * way it asks.
 */
final class PrivatePathTest {
  private static final String BITSWAP = "/ipfs/bitswap/1.2.0";
  private static final Bytes SECRET = Bytes.owning(new byte[700_000]);
  private static final StorePath PRIVATE = LookupNode.path('p');
  private static final StorePath PUBLIC = LookupNode.path('a');
  private static final StorePath NOWHERE = LookupNode.path('z');
  private static final Cid NOBODYS = Block.raw(Bytes.utf8("in no object")).cid();

  @TempDir Path folder;
  private LookupNode server;
  private LookupNode client;
  private Host attacker;
  private final BlockingQueue<Bytes> messages = new LinkedBlockingQueue<>();
  private PathInfo secret;
  private Collection<Cid> secretBlocks;

  @BeforeEach
  void start() throws Exception {
    server = new LookupNode(folder.resolve("server"));
    client = new LookupNode(folder.resolve("client"));
    secret = server.addPrivate(PRIVATE, SECRET);
    server.addPublic(PUBLIC, Bytes.utf8("refers to a private path"), PRIVATE);
    // As 'spindrift add' does: everything about it is there, and only the policy keeps it.
    server.indexer.add(List.of(PRIVATE, PUBLIC), Progress.NONE);
    secretBlocks = server.catalog.find(PRIVATE).orElseThrow().views().blocks(server.blocks);
    assertThat(secretBlocks).hasSizeGreaterThan(2);
    client.connect(server);
    attacker =
        Host.start(
            Identity.generate(),
            HostSettings.defaults(List.of(Multiaddr.parse("/ip4/127.0.0.1/tcp/0")), "attacker"));
    attacker.handle(BITSWAP, this::gather);
    attacker.connect(server.host.addresses().getFirst().withPeer(server.peerId()), LookupNode.LONG);
  }

  @AfterEach
  void stop() throws Exception {
    attacker.close();
    client.close();
    server.close();
  }

  @Test
  void aLookUpByHashPartSaysNothing() throws Exception {
    for (Scope scope : Scope.values()) {
      assertThat(rawLookUp(hashPart(PRIVATE), scope))
          .isEqualTo(rawLookUp(hashPart(NOWHERE), scope));
    }
    assertThat(client.ask(server, request(hashPart(PRIVATE))).absent()).hasSize(1);
  }

  @Test
  void aLookUpByNarHashSaysNothing() throws Exception {
    LookupRequest.Key nowhere = narHash(NixHash.sha256Of(Bytes.utf8("no such NAR")));
    for (Scope scope : Scope.values()) {
      assertThat(rawLookUp(narHash(secret.narHash()), scope)).isEqualTo(rawLookUp(nowhere, scope));
    }
  }

  @Test
  void aClosureLeavesItOut() throws Exception {
    LookupAnswer answer =
        client.ask(
            server,
            new LookupRequest(LookupTest.keys(PUBLIC), Scope.CLOSURES, Duration.ofSeconds(1)));
    assertThat(answer.found()).extracting(found -> found.narInfo().path()).containsExactly(PUBLIC);
  }

  @Test
  void bitswapHasNoneOfItsBlocks() throws Exception {
    for (WantType type : WantType.values()) {
      String nowhere = bitswap(NOBODYS, type);
      assertThat(nowhere).isEqualTo("dont-have");
      for (Cid cid : secretBlocks) {
        assertThat(bitswap(cid, type)).as("%s", cid).isEqualTo(nowhere);
      }
      assertThat(bitswap(Cid.identityRaw(Bytes.utf8("inside")), type)).isEqualTo(nowhere);
    }
  }

  @Test
  void aSessionGetsNoneOfItsBlocks() throws Exception {
    assertNoneCanBeFetched();
  }

  private void assertNoneCanBeFetched() {
    try (FetchSession session = client.bitswap.session(List.of(server.peerId()))) {
      for (Cid cid : secretBlocks) {
        assertThatThrownBy(() -> session.load(cid)).isInstanceOf(AbsentException.class);
      }
    }
  }

  @Test
  void aRealisationOfItIsNotTold() throws Exception {
    for (StorePath output : List.of(PRIVATE, PUBLIC, NOWHERE)) {
      String name = realisation(output);
      Realisation told = new Realisation(id(output), output, List.of(), new TreeMap<>());
      server.catalog.documents().put(name, Bytes.utf8(told.render()));
    }
    String unknown = "realisations/sha256:" + "0".repeat(64) + "!out.doi";
    Bytes nothing = rawRealisation(unknown);
    assertThat(nothing).isEqualTo(Bytes.of(0));
    assertThat(rawRealisation(realisation(PRIVATE))).isEqualTo(nothing);
    assertThat(rawRealisation(realisation(NOWHERE))).isEqualTo(nothing);
    assertThat(rawRealisation(realisation(PUBLIC)).display()).contains(PUBLIC.baseName());
    // What is no realisation is not told either, though it is here.
    server.catalog.documents().put("log/" + PUBLIC.baseName() + ".drv", Bytes.utf8("log"));
    assertThat(rawRealisation("log/" + PUBLIC.baseName() + ".drv")).isEqualTo(nothing);
  }

  @Test
  void aRealisationThatNamesItIsNotTold() throws Exception {
    StorePath other = LookupNode.path('b');
    server.addPublic(other, Bytes.utf8("was built with others"));
    for (StorePath dependency : List.of(PRIVATE, NOWHERE, PUBLIC)) {
      TreeMap<Realisation.Id, StorePath> dependencies = new TreeMap<>();
      dependencies.put(id(dependency), dependency);
      Realisation told = new Realisation(id(other), other, List.of(), dependencies);
      server.catalog.documents().put(realisation(other), Bytes.utf8(told.render()));
      String answer = rawRealisation(realisation(other)).display();
      assertThat(answer.contains(other.baseName())).isEqualTo(dependency.equals(PUBLIC));
    }
  }

  @Test
  void aRequestForARealisationThatIsTooLongIsNotRead() throws Exception {
    assertThatThrownBy(() -> rawRealisation("realisations/" + "x".repeat(600)))
        .isInstanceOf(IOException.class);
    assertThat(rawRealisation("realisations/nonsense.doi").size()).isLessThan(2);
  }

  private static String realisation(StorePath output) {
    return "realisations/" + id(output).render() + ".doi";
  }

  private static Realisation.Id id(StorePath output) {
    return new Realisation.Id(NixHash.sha256Of(Bytes.utf8(output.hashPart())), "out");
  }

  private Bytes rawRealisation(String name) throws Exception {
    try (P2pStream stream =
        attacker.open(server.peerId(), List.of(RealisationServer.PROTOCOL), LookupNode.LONG)) {
      Bytes asked = Bytes.utf8(name);
      Varint.write(asked.size(), stream.out());
      asked.writeTo(stream.out());
      stream.closeWrite();
      return Bytes.owning(stream.in().readAllBytes());
    }
  }

  @Test
  void identifySaysNothing() throws Exception {
    LookupNode.await(() -> !protocols().isEmpty());
    List<String> before = protocols();
    server.sharing.share(List.of(PRIVATE));
    client.ask(server, request(hashPart(PRIVATE)));
    assertThat(protocols()).isEqualTo(before).doesNotContain(PRIVATE.hashPart());
  }

  private List<String> protocols() {
    return attacker.peer(server.peerId()).stream()
        .flatMap(peer -> peer.protocols().stream())
        .sorted()
        .toList();
  }

  @Test
  void onceSharedItIsHadByAllWaysAndOnceUnsharedByNone() throws Exception {
    server.sharing.share(List.of(PRIVATE));
    LookupAnswer.Found found = client.ask(server, request(hashPart(PRIVATE))).found().getFirst();
    Views views = found.views().orElseThrow();
    assertThat(found.narInfo().narHash()).isEqualTo(secret.narHash());
    assertThat(client.ask(server, request(narHash(secret.narHash()))).found()).hasSize(1);
    try (FetchSession session = client.bitswap.session(List.of(server.peerId()))) {
      for (Cid cid : secretBlocks) {
        cid.verify(session.load(cid), "peer");
      }
    }

    server.sharing.unshare(List.of(PRIVATE));
    assertThat(client.ask(server, request(hashPart(PRIVATE))).found()).isEmpty();
    assertThat(client.ask(server, request(narHash(secret.narHash()))).found()).isEmpty();
    assertNoneCanBeFetched();
    assertThat(bitswap(views.nar(), WantType.HAVE)).isEqualTo(bitswap(NOBODYS, WantType.HAVE));
  }

  private static LookupRequest.Key hashPart(StorePath path) {
    return new LookupRequest.Key.HashPart(path.hashPart());
  }

  private static LookupRequest.Key narHash(NixHash hash) {
    return new LookupRequest.Key.NarHash(hash);
  }

  private static LookupRequest request(LookupRequest.Key key) {
    return new LookupRequest(List.of(key), Scope.OBJECTS, Duration.ZERO);
  }

  /** All bytes that come back. */
  private Bytes rawLookUp(LookupRequest.Key key, Scope scope) throws Exception {
    LookupRequest request = new LookupRequest(List.of(key), scope, Duration.ofSeconds(1));
    try (P2pStream stream =
        attacker.open(server.peerId(), List.of(LookupClient.PROTOCOL), LookupNode.LONG)) {
      RequestMessage.of(StoreDir.DEFAULT, request).encode().toDelimited().writeTo(stream.out());
      stream.closeWrite();
      return Bytes.owning(stream.in().readAllBytes());
    }
  }

  /** What a want of Bitswap is for; the number on the wire is that of the order. */
  private enum WantType {
    BLOCK,
    HAVE
  }

  /** What the server says to a want, whichever CID it is for. */
  private String bitswap(Cid cid, WantType type) throws Exception {
    ProtoWriter entry = new ProtoWriter().bytes(1, cid.toBytes()).varint(2, 1).varint(5, 1);
    if (type == WantType.HAVE) {
      entry.varint(4, 1);
    }
    ProtoWriter message = new ProtoWriter().message(1, new ProtoWriter().message(1, entry));
    try (P2pStream stream = attacker.open(server.peerId(), List.of(BITSWAP), LookupNode.LONG)) {
      message.toDelimited().writeTo(stream.out());
      stream.out().flush();
      Bytes answer = messages.poll(LookupNode.LONG.toSeconds(), TimeUnit.SECONDS);
      assertThat(answer).isNotNull();
      return describe(answer, cid);
    }
  }

  private static String describe(Bytes answer, Cid cid) throws Exception {
    List<String> parts = new ArrayList<>();
    ProtoReader in = ProtoReader.of("test", answer);
    while (in.next()) {
      switch (in.field()) {
        case 3 -> {
          in.skip();
          parts.add("block");
        }
        case 4 -> parts.add(presence(in.message(), cid));
        default -> in.skip();
      }
    }
    return String.join(" ", parts);
  }

  private static String presence(ProtoReader in, Cid cid) throws Exception {
    String presence = "have";
    while (in.next()) {
      switch (in.field()) {
        case 1 -> assertThat(in.bytes()).isEqualTo(cid.toBytes());
        case 2 -> presence = in.varint() == 1 ? "dont-have" : "have";
        default -> in.skip();
      }
    }
    return presence;
  }

  private void gather(P2pStream stream) throws IOException, FaultException {
    for (Optional<Bytes> message = MessageStream.read(stream.in(), 4 << 20, "test");
        message.isPresent();
        message = MessageStream.read(stream.in(), 4 << 20, "test")) {
      messages.add(message.get());
    }
  }
}
