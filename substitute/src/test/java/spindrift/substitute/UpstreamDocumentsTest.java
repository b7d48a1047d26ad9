package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;
import spindrift.base.RefusedException;
import spindrift.nix.NixHash;
import spindrift.nix.Realisation;
import spindrift.nix.StorePath;

final class UpstreamDocumentsTest {
  private static final String LOG = "log/x.drv";
  private static final Bytes TEXT = Bytes.utf8("built");
  private static final DocumentForm ANY = DocumentForm.ANY;

  private final FakeUpstream near = new FakeUpstream("https://near", 10);
  private final FakeUpstream far = new FakeUpstream("https://far", 50);
  @TempDir Path directory;

  private SearchingNode open() throws IOException {
    return new SearchingNode(directory, SearchingNode.PATIENT, near, far);
  }

  private static Optional<Bytes> find(SearchingNode node, int maxBytes) throws IOException {
    return node.substituter.document(LOG, maxBytes, ANY);
  }

  private static long asked(FakeUpstream upstream) {
    return upstream.asked.stream().filter(LOG::equals).count();
  }

  @Test
  void whatPassedIsKept() throws Exception {
    far.documents.put(LOG, TEXT);
    try (SearchingNode node = open()) {
      assertThat(find(node, 1000)).contains(TEXT);
      far.documents.clear();
    }
    try (SearchingNode node = open()) {
      assertThat(find(node, 1000)).contains(TEXT);
      assertThat(asked(far)).isEqualTo(1);
    }
  }

  @Test
  void absenceIsRememberedUnlessSomebodyFailed() throws Exception {
    try (SearchingNode node = open()) {
      near.hook =
          what -> {
            throw new IOException("out of order");
          };
      assertThat(find(node, 1000)).isEmpty();
      near.hook = what -> {};
      assertThat(find(node, 1000)).isEmpty();
      assertThat(find(node, 1000)).isEmpty();
      assertThat(asked(near)).isEqualTo(2);
      near.documents.put(LOG, TEXT);
      node.substituter.networkChanged();
      assertThat(find(node, 1000)).contains(TEXT);
    }
  }

  @Test
  void absenceIsNotRememberedWhenSomebodyCameMeanwhile() throws Exception {
    try (SearchingNode node = open()) {
      near.hook = what -> node.substituter.networkChanged();
      assertThat(find(node, 1000)).isEmpty();
      near.documents.put(LOG, TEXT);
      assertThat(find(node, 1000)).contains(TEXT);
    }
  }

  @Test
  void theFirstOfSmallOnesIsTaken() throws Exception {
    CountDownLatch forEver = new CountDownLatch(1);
    near.until(forEver);
    far.documents.put(LOG, TEXT);
    try (SearchingNode node = open()) {
      assertThat(find(node, 1000)).contains(TEXT);
    } finally {
      forEver.countDown();
    }
  }

  @Test
  void aLargeOneIsNotAskedOfAllAtOnce() throws Exception {
    near.documents.put(LOG, TEXT);
    far.documents.put(LOG, TEXT);
    try (SearchingNode node = open()) {
      assertThat(find(node, 8 << 20)).contains(TEXT);
      assertThat(asked(far)).isZero();
    }
  }

  @Test
  void theNextIsAskedForALargeOneWhenTheFirstIsSilent() throws Exception {
    CountDownLatch forEver = new CountDownLatch(1);
    near.until(forEver);
    far.documents.put(LOG, TEXT);
    try (SearchingNode node = open()) {
      assertThat(find(node, 8 << 20)).contains(TEXT);
    } finally {
      forEver.countDown();
    }
  }

  @Test
  void manyWhoWantItShareIt() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    near.documents.put(LOG, TEXT);
    try (SearchingNode node = open();
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      near.until(goOn);
      List<Future<Optional<Bytes>>> answers = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        answers.add(clients.submit(() -> find(node, 1000)));
      }
      Awaiting.until(() -> asked(near) == 1);
      goOn.countDown();
      for (Future<Optional<Bytes>> answer : answers) {
        assertThat(answer.get()).contains(TEXT);
      }
      assertThat(asked(near)).isEqualTo(1);
    }
  }

  @Test
  void whatHasNotItsFormIsNeitherUsedNorKept() throws Exception {
    near.documents.put(LOG, Bytes.utf8("lies"));
    far.documents.put(LOG, TEXT);
    DocumentForm form =
        content -> {
          if (!content.equals(TEXT)) {
            throw new RefusedException("it is something else");
          }
        };
    try (SearchingNode node = open()) {
      assertThat(node.substituter.document(LOG, 1000, form)).contains(TEXT);
      node.catalog.keptDocuments().put(LOG, Bytes.utf8("lies"));
      far.documents.clear();
      assertThat(node.substituter.document(LOG, 1000, form)).isEmpty();
    }
  }

  @Test
  void aRealisationNeedsASignature() throws Exception {
    Realisation.Id id = new Realisation.Id(NixHash.sha256Of(TEXT), "out");
    StorePath path = SignedNar.noise(1, 10).path();
    Realisation unsigned = new Realisation(id, path, List.of(), new TreeMap<>());
    Realisation signed = unsigned.signedBy(SignedNar.KEY);
    String name = "realisations/" + id.render() + ".doi";
    near.documents.put(name, Bytes.utf8(unsigned.render()));
    try (SearchingNode node = open()) {
      assertThat(node.substituter.document(name, 1000, ANY)).isEmpty();
      far.documents.put(name, Bytes.utf8(signed.render()));
      node.substituter.networkChanged();
      assertThat(node.substituter.document(name, 1000, ANY))
          .hasValueSatisfying(text -> assertThat(text.display()).contains("test-1:"));
    }
    near.documents.clear();
    far.documents.clear();
    try (SearchingNode node = open()) {
      assertThat(node.substituter.document(name, 1000, ANY)).isPresent();
    }
  }

  @Test
  void aPeerThatIsLeftAloneIsNotAskedForRealisations() throws Exception {
    Realisation.Id id = new Realisation.Id(NixHash.sha256Of(TEXT), "out");
    Realisation told =
        new Realisation(id, SignedNar.noise(1, 10).path(), List.of(), new TreeMap<>());
    String name = "realisations/" + id.render() + ".doi";
    try (SearchingNode node = new SearchingNode(directory, SearchingNode.PATIENT)) {
      FakePeers.FakePeer peer = node.peers.add();
      peer.realisations.put(name, Bytes.utf8(told.signedBy(SignedNar.KEY).render()));
      peer.hook =
          request -> {
            throw new IOException("busy");
          };
      assertThat(node.narInfo(SignedNar.noise(2, 10))).isEmpty();
      assertThat(node.substituter.document(name, 1000, ANY)).isEmpty();
      peer.come();
      assertThat(node.substituter.document(name, 1000, ANY)).isPresent();
    }
  }

  @Test
  void realisationsComeFromPeersAndNothingElse() throws Exception {
    Realisation.Id id = new Realisation.Id(NixHash.sha256Of(TEXT), "out");
    StorePath path = SignedNar.noise(1, 10).path();
    Realisation unsigned = new Realisation(id, path, List.of(), new TreeMap<>());
    String name = "realisations/" + id.render() + ".doi";
    try (SearchingNode node = new SearchingNode(directory, SearchingNode.PATIENT)) {
      assertThat(node.substituter.document(name, 1000, ANY)).as("no peers").isEmpty();
      FakePeers.FakePeer peer = node.peers.add();
      peer.realisations.put(name, Bytes.utf8(unsigned.render()));
      peer.realisations.put(LOG, TEXT);
      assertThat(node.substituter.document(name, 1000, ANY)).as("unsigned").isEmpty();
      assertThat(find(node, 1000)).as("a log proves nothing").isEmpty();
      FakePeers.FakePeer other = node.peers.add();
      other.realisations.put(name, Bytes.utf8(unsigned.signedBy(SignedNar.KEY).render()));
      other.come();
      assertThat(node.substituter.document(name, 1000, ANY))
          .hasValueSatisfying(text -> assertThat(text.display()).contains("test-1:"));
    }
  }
}
