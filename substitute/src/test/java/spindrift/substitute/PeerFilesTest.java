package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.catalog.BinaryCache;
import spindrift.catalog.OfferedFiles;
import spindrift.catalog.TrustPolicy;
import spindrift.catalog.TrustRules;
import spindrift.nix.ContentAddress;
import spindrift.nix.HashAlgorithm;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.References;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.nix.StorePathCalculator;
import spindrift.substitute.LookupRequest.Key.FlatHash;
import spindrift.substitute.LookupRequest.Scope;

/** One node gets from another what its owner offers, by the hash of the contents. */
final class PeerFilesTest {
  private static final Bytes CONTENT = random(700_000);
  private static final NixHash HASH = NixHash.sha256Of(CONTENT);

  @TempDir Path folder;
  private LookupNode server;
  private LookupNode client;
  private PeerSubstituter substituter;
  private HashedFiles files;

  @BeforeEach
  void start() throws Exception {
    server = new LookupNode(folder.resolve("server"));
    client = new LookupNode(folder.resolve("client"));
    BinaryCache cache =
        new BinaryCache(client.catalog, client.blocks, Optional.of(client.store), Optional.empty());
    substituter =
        PeerSubstituter.start(
            new PeerSubstituter.Local(
                client.blocks,
                StoreDir.DEFAULT,
                new TrustPolicy(TrustRules.anyOf(List.of()), StoreDir.DEFAULT)),
            client.host,
            client.bitswap,
            client.client);
    files = HashedFiles.here(cache, client.blocks).withPeers(substituter, client.blocks);
    client.connect(server);
    LookupNode.await(
        () ->
            client.host.peers().stream()
                .anyMatch(peer -> peer.protocols().contains(LookupClient.PROTOCOL)));
  }

  @AfterEach
  void stop() throws Exception {
    substituter.close();
    client.close();
    server.close();
  }

  private static Bytes random(int size) {
    byte[] bytes = new byte[size];
    new Random(2).nextBytes(bytes);
    return Bytes.owning(bytes);
  }

  private List<StorePath> offer() throws Exception {
    return new OfferedFiles(server.catalog, server.blocks)
        .add(
            "source.tar",
            CONTENT.size(),
            new ByteArrayInputStream(CONTENT.toArray()),
            EnumSet.of(HashAlgorithm.SHA256, HashAlgorithm.SHA512))
        .paths();
  }

  private static Bytes read(ByteSource file) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    file.writeTo(ByteTarget.of(out), 0, file.size());
    return Bytes.owning(out.toByteArray());
  }

  @Test
  void whatWasOfferedAndSharedComes() throws Exception {
    server.sharing.share(offer());
    assertThat(read(files.find(HASH).orElseThrow())).isEqualTo(CONTENT);
    NixHash sha512 =
        new NixHash(
            HashAlgorithm.SHA512,
            Bytes.owning(HashAlgorithm.SHA512.newDigest().orElseThrow().digest(CONTENT.toArray())));
    assertThat(read(files.find(sha512).orElseThrow())).isEqualTo(CONTENT);
  }

  @Test
  void whatIsPrivateIsAbsent() throws Exception {
    offer();
    assertThat(files.find(HASH)).isEmpty();
    LookupAnswer answer = ask(new FlatHash(HASH));
    assertThat(answer.found()).isEmpty();
    assertThat(answer.absent()).containsExactly(new FlatHash(HASH));
  }

  @Test
  void aPathOfTheStoreIsFoundThoughNobodyIndexedIt() throws Exception {
    StorePath path = addToStore(server);
    assertThat(files.find(HASH)).as("private").isEmpty();
    server.sharing.share(List.of(path));
    LookupAnswer answer = ask(new FlatHash(HASH));
    assertThat(answer.found()).hasSize(1);
    assertThat(answer.found().getFirst().narInfo().path()).isEqualTo(path);
  }

  @Test
  void aPathOfTheOwnStoreNeedsNoPeers() throws Exception {
    addToStore(client);
    assertThat(read(files.find(HASH).orElseThrow())).isEqualTo(CONTENT);
  }

  @Test
  void filesThatAreDamagedInTheStoreDoNotEnd() throws Exception {
    StorePath path = addToStore(client);
    byte[] damaged = CONTENT.toArray();
    damaged[0] ^= 1;
    java.nio.file.Files.write(client.store.realPath(path), damaged);
    ByteSource file = files.find(HASH).orElseThrow();
    assertThatThrownBy(() -> read(file)).isInstanceOf(spindrift.base.IntegrityException.class);
  }

  private static StorePath addToStore(LookupNode node) throws Exception {
    ContentAddress ca = new ContentAddress(ContentAddress.Method.FLAT, HASH);
    StorePath path =
        new StorePathCalculator(StoreDir.DEFAULT)
            .contentAddressed("source.tar", ca, References.NONE);
    PathInfo info = node.store.write(path, CONTENT);
    node.store.register(
        new PathInfo(
            path,
            info.narHash(),
            info.narSize(),
            List.of(),
            Optional.empty(),
            List.of(),
            Optional.of(ca),
            PathInfo.Origin.ELSEWHERE,
            0));
    return path;
  }

  @Test
  void whoAsksForMuchByFlatHashIsPutOff() throws Exception {
    List<LookupRequest.Key> keys =
        new ArrayList<>(Collections.nCopies(LookupRequest.MAX_FLAT_HASHES, new FlatHash(HASH)));
    LookupRequest request = new LookupRequest(keys, Scope.OBJECTS, Duration.ZERO);
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 1000; i++) {
                client.ask(server, request);
              }
            })
        .hasMessageContaining("too busy");
  }

  private LookupAnswer ask(LookupRequest.Key key) throws Exception {
    return client.ask(
        server, new LookupRequest(List.of(key), Scope.OBJECTS, Duration.ofSeconds(1)));
  }
}
