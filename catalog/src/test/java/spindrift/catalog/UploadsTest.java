package spindrift.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.MalformedDataException;
import spindrift.base.RefusedException;
import spindrift.blocks.GcMode;
import spindrift.nix.Compression;
import spindrift.nix.ContentAddress;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;
import spindrift.nix.SecretKey;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

/** Nothing is seen of an upload until all of it is right. */
final class UploadsTest {
  private static final StorePath PATH = Holdings.path('a');
  private static final StorePath OTHER = Holdings.path('b');
  private static final TestTree TREE =
      TestTree.directory("f", TestTree.file(TestTree.noise(1, 5000)), "l", TestTree.link("f"));

  @TempDir Path folder;
  private Holdings here;

  @BeforeEach
  void open() throws IOException {
    here = Holdings.open(folder);
  }

  @AfterEach
  void close() throws IOException {
    here.close();
  }

  @Test
  void takesWhatIsRight() throws Exception {
    here.putNar(PATH, TREE);
    assertThat(here.served(PATH)).as("before its narinfo").isEmpty();
    here.put(Holdings.narInfo(PATH, TREE));

    assertThat(here.served(PATH)).contains(TREE.nar());
    NarInfo info = here.cache.narInfo(PATH.hashPart()).orElseThrow();
    assertThat(info.compression()).isEqualTo(Compression.NONE);
    assertThat(info.url()).isEqualTo("nar/" + info.narHash().nix32() + ".nar");
    assertThat(info.extraField(Views.NAR_FIELD)).isPresent();
    assertThat(info.extraField(Views.TREE_FIELD)).isPresent();
  }

  @Test
  void takesItsOwnPathAsAReference() throws Exception {
    here.push(PATH, TREE, PATH);
    assertThat(here.cache.narInfo(PATH.hashPart()).orElseThrow().references())
        .containsExactly(PATH);
  }

  @Test
  void refusesANarInfoWithoutANar() throws Exception {
    refuses(Holdings.narInfo(PATH, TREE), "was not uploaded");
  }

  @Test
  void refusesANarInfoOfAnotherNar() throws Exception {
    here.putNar(PATH, TREE);
    NarInfo right = Holdings.narInfo(PATH, TREE);
    NarInfo other = Holdings.narInfo(PATH, TestTree.file("other"));
    refuses(other, "uploaded was");
    refuses(withNar(right, right.narHash(), right.narSize() + 8), "uploaded was");
    refuses(withNar(right, other.narHash(), right.narSize()), "uploaded was");
    refuses(
        right.withFile(right.url(), Compression.XZ, other.narHash(), right.narSize()),
        "not the one that the narinfo names");
    refuses(
        right.withFile(right.url(), Compression.XZ, right.narHash(), right.narSize() - 1),
        "not the one that the narinfo names");
    assertThat(here.served(PATH)).isEmpty();
    here.put(right);
    assertThat(here.served(PATH)).isPresent();
  }

  @Test
  void refusesAMissingReference() throws Exception {
    here.putNar(PATH, TREE);
    refuses(Holdings.narInfo(PATH, TREE, OTHER), "is not in this cache");
    here.push(OTHER, TREE);
    here.put(Holdings.narInfo(PATH, TREE, OTHER));
    assertThat(here.served(PATH)).isPresent();
  }

  @Test
  void refusesAReferenceOfAnotherName() throws Exception {
    here.push(OTHER, TREE);
    here.putNar(PATH, TREE);
    StorePath renamed = new StorePath(OTHER.hashPart(), "renamed");
    refuses(Holdings.narInfo(PATH, TREE, renamed), "is not in this cache");
  }

  @Test
  void refusesANarInfoUnderAnotherName() throws Exception {
    here.putNar(PATH, TREE);
    Bytes text = Bytes.utf8(Holdings.narInfo(PATH, TREE).render(StoreDir.DEFAULT));
    assertThatThrownBy(() -> here.uploads.putNarInfo(OTHER.hashPart(), text))
        .isInstanceOf(MalformedDataException.class);
    assertThat(here.served(PATH)).isEmpty();
  }

  @Test
  void refusesAnotherStoreDirectory() throws Exception {
    here.putNar(PATH, TREE);
    Bytes text = Bytes.utf8(Holdings.narInfo(PATH, TREE).render(new StoreDir("/gnu/store")));
    assertThatThrownBy(() -> here.uploads.putNarInfo(PATH.hashPart(), text))
        .isInstanceOf(MalformedDataException.class);
  }

  @Test
  void refusesOtherContentsForAPathThatIsHere() throws Exception {
    here.push(PATH, TREE);
    TestTree other = TestTree.file("other");
    here.putNar(PATH, other);
    refuses(Holdings.narInfo(PATH, other), "is here already");
    assertThat(here.served(PATH)).contains(TREE.nar());
  }

  @Test
  void mergesSignaturesAndKeepsTheContentAddress() throws Exception {
    ContentAddress address =
        ContentAddress.parse("fixed:r:sha256:" + NixHash.sha256Of(TREE.nar()).nix32());
    NarInfo plain = Holdings.narInfo(PATH, TREE);
    NarInfo info =
        new NarInfo(
            plain.path(),
            plain.url(),
            plain.compression(),
            plain.fileHash(),
            plain.fileSize(),
            plain.narHash(),
            plain.narSize(),
            plain.references(),
            plain.deriver(),
            List.of(),
            Optional.of(address),
            List.of());
    here.putNar(PATH, TREE);
    for (String name : List.of("one", "two", "one")) {
      here.put(
          info.withSignature(SecretKey.generate(name).sign(plain.fingerprint(StoreDir.DEFAULT))));
    }
    NarInfo known = here.cache.narInfo(PATH.hashPart()).orElseThrow();
    assertThat(known.signatures().stream().map(signature -> signature.keyName()))
        .contains("one", "two");
    assertThat(known.ca()).contains(address);
  }

  @Test
  void equalNarsOfTwoPathsAreSentOnce() throws Exception {
    here.push(PATH, TREE);
    String url = Holdings.url(PATH);
    assertThat(here.uploads.staged(url)).as("answers HEAD of the second").isPresent();
    NarInfo second = Holdings.narInfo(OTHER, TREE);
    here.put(second.withFile(url, Compression.NONE));
    assertThat(here.served(OTHER)).contains(TREE.nar());
  }

  @Test
  void anEvictedUploadIsNotTakenForPresent() throws Exception {
    here.push(PATH, TREE);
    here.collect(Housekeeping.Scope.UNPINNED, GcMode.COLLECT);
    assertThat(here.uploads.staged(Holdings.url(PATH))).isEmpty();
    refuses(Holdings.narInfo(PATH, TREE), "was not uploaded");
    here.push(PATH, TREE);
    assertThat(here.served(PATH)).contains(TREE.nar());
  }

  @Test
  void aNarThatEndsEarlyLeavesNothing() throws Exception {
    Bytes nar = TREE.nar();
    for (int length = 0; length < nar.size(); length += length < 400 ? 1 : 97) {
      Bytes part = nar.slice(0, length);
      assertThatThrownBy(() -> here.putNar(PATH, new ByteArrayInputStream(part.toArray()), part))
          .as("%d bytes", part.size())
          .isInstanceOfAny(IOException.class, FaultException.class);
    }
    Bytes longer = nar.concat(Bytes.of(0));
    assertThatThrownBy(() -> here.putNar(PATH, new ByteArrayInputStream(longer.toArray()), longer))
        .isInstanceOf(MalformedDataException.class);
    assertThat(here.uploads.staged(Holdings.url(PATH))).isEmpty();
    here.collect(Housekeeping.Scope.OVER_QUOTA, GcMode.COLLECT);
    assertThat(here.blocks.stats().blocks()).isZero();
  }

  @Test
  void aNarInfoCutWithinALineLeavesNothing() throws Exception {
    here.putNar(PATH, TREE);
    Bytes text = Bytes.utf8(Holdings.narInfo(PATH, TREE).render(StoreDir.DEFAULT));
    for (int length = 0; length < text.size(); length++) {
      Bytes part = text.slice(0, length);
      if (length > 0 && part.at(length - 1) == '\n') {
        continue; // what Content-Length is for
      }
      assertThatThrownBy(() -> here.uploads.putNarInfo(PATH.hashPart(), part))
          .as("%d bytes", length)
          .isInstanceOf(FaultException.class);
    }
    assertThat(here.served(PATH)).isEmpty();
  }

  @Test
  void twoUploadsOfOnePathAtOnceAreOne() throws Exception {
    TestTree tree = TestTree.file(TestTree.noise(9, 400_000));
    SecretKey[] keys = {SecretKey.generate("one"), SecretKey.generate("two")};
    CyclicBarrier together = new CyclicBarrier(2);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Void>> pushes =
          List.of(keys).stream()
              .map(
                  key ->
                      threads.submit(
                          (Callable<Void>)
                              () -> {
                                NarInfo info = Holdings.narInfo(PATH, tree);
                                together.await();
                                here.putNar(PATH, tree);
                                together.await();
                                here.put(
                                    info.withSignature(
                                        key.sign(info.fingerprint(StoreDir.DEFAULT))));
                                return null;
                              }))
              .toList();
      for (Future<Void> push : pushes) {
        push.get();
      }
    }
    assertThat(here.served(PATH)).contains(tree.nar());
    assertThat(here.cache.narInfo(PATH.hashPart()).orElseThrow().signatures()).hasSize(2);
    assertThat(here.catalog.totals().records()).isEqualTo(1);
  }

  @Test
  void whatWasAcceptedIsThereAfterReopening() throws Exception {
    here.push(PATH, TREE);
    here.putNar(OTHER, TREE);
    here.close();
    here = Holdings.open(folder);
    assertThat(here.served(PATH)).contains(TREE.nar());
    here.put(Holdings.narInfo(OTHER, TREE, PATH));
    assertThat(here.served(OTHER)).contains(TREE.nar());
  }

  private void refuses(NarInfo info, String why) {
    assertThatThrownBy(() -> here.put(info))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(why);
  }

  private static NarInfo withNar(NarInfo info, NixHash hash, long size) {
    return new NarInfo(
        info.path(),
        info.url(),
        info.compression(),
        Optional.empty(),
        java.util.OptionalLong.empty(),
        hash,
        size,
        info.references(),
        info.deriver(),
        info.signatureLines(),
        info.ca(),
        info.extraFields());
  }
}
