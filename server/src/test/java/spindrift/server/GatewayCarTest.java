package spindrift.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;
import spindrift.ipld.PbLink;
import spindrift.ipld.PbNode;
import spindrift.ipld.UnixFsAttributes;
import spindrift.ipld.UnixFsNode;

/**
 * The checks of the suite gateway-conformance v0.13.2, {@code trustless_gateway_car_test.go}, for
 * the fixtures that are here.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class GatewayCarTest {
  /** The leaves of multiblock.txt, 4 × 256 + 2 bytes. */
  private static final List<String> LEAVES =
      List.of(
          "bafkreie5noke3mb7hqxukzcy73nl23k6lxszxi5w3dtmuwz62wnvkpsscm",
          "bafkreih4ephajybraj6wnxsbwjwa77fukurtpl7oj7t7pfq545duhot7cq",
          "bafkreigu7buvm3cfunb35766dn7tmqyh2um62zcio63en2btvxuybgcpue",
          "bafkreicll3huefkc3qnrzeony7zcfo7cr3nbx64hnxrqzsixpceg332fhe",
          "bafkreifst3pqztuvj57lycamoi7z34b4emf7gawxs74nwrc2c7jncmpaqm");

  private TestNode node;
  private ConformanceFixture mixed;
  private ConformanceFixture single;
  private ConformanceFixture hamt;
  private ConformanceFixture duplicates;
  private ConformanceFixture missing;
  private ConformanceFixture cbor;

  @BeforeAll
  void open(@TempDir Path directory) throws IOException, FaultException {
    node = TestNode.open(directory);
    mixed = ConformanceFixture.load("subdir-with-mixed-block-files", node.blocks);
    single = ConformanceFixture.load("subdir-with-two-single-block-files", node.blocks);
    hamt = ConformanceFixture.load("single-layer-hamt-with-multi-block-files", node.blocks);
    duplicates = ConformanceFixture.load("dir-with-duplicate-files", node.blocks);
    missing = ConformanceFixture.load("file-3k-and-3-blocks-missing-block", node.blocks);
    cbor = ConformanceFixture.load("dir-with-dag-cbor-with-links", node.blocks);
  }

  @AfterAll
  void close() throws IOException {
    node.close();
  }

  /** Asks by parameter and by Accept, and checks the fields that all answers have. */
  private List<Cid> car(String path, String query) throws IOException, FaultException {
    RawClient.Answer byQuery = node.get("/ipfs/" + path + "?format=car" + query);
    RawClient.Answer byAccept =
        node.get("/ipfs/" + path + "?" + query, "Accept: " + CarRequest.MEDIA_TYPE);
    assertThat(byQuery.status()).as(byQuery.text()).isEqualTo(200);
    assertThat(byAccept.body()).isEqualTo(byQuery.body());
    assertThat(byQuery.field("X-Content-Type-Options")).contains("nosniff");
    assertThat(byQuery.field("Accept-Ranges")).contains("none");
    assertThat(byQuery.field("Content-Type"))
        .contains("application/vnd.ipld.car;version=1;order=dfs;dups=n");
    assertThat(byQuery.field("Content-Disposition").orElseThrow())
        .matches("attachment; filename=\".*\\.car\"");
    assertThat(byQuery.field("ETag")).isPresent();
    return ConformanceFixture.cids(byQuery.body());
  }

  private static List<Cid> list(Object... parts) {
    List<Cid> all = new ArrayList<>();
    for (Object part : parts) {
      if (part instanceof Cid cid) {
        all.add(cid);
      } else {
        ((List<?>) part).forEach(cid -> all.add((Cid) cid));
      }
    }
    return all;
  }

  @Test
  void hasTheBlocksOfThePathAndAllBelow() throws Exception {
    assertThat(car(single.root() + "/subdir/ascii.txt", ""))
        .isEqualTo(list(single.root(), single.cid("subdir"), single.cid("subdir", "ascii.txt")));
    assertThat(car(mixed.root() + "/subdir", "&dag-scope=all"))
        .isEqualTo(
            list(
                mixed.root(),
                mixed.cid("subdir"),
                mixed.descendants(mixed.cid("subdir")).stream().distinct().toList()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.txt", "685.txt"})
  void hasTheShardsOnTheWay(String name) throws Exception {
    List<Cid> all = car(hamt.root() + "/" + name, "");
    Cid file = hamt.cid(name);
    int at = all.indexOf(file);
    assertThat(all.getFirst()).isEqualTo(hamt.root());
    assertThat(all.subList(at, all.size())).isEqualTo(list(file, hamt.descendants(file)));
    // Every block on the way links to the next one.
    assertThat(at).isBetween(1, 4);
    for (int i = 0; i < at; i++) {
      Cid next = all.get(i + 1);
      assertThat(spindrift.ipld.DagPb.decode(node.blocks.load(all.get(i))).links())
          .anyMatch(link -> link.cid().equals(next));
    }
    assertThat(car(hamt.root() + "/" + name, "&dag-scope=block")).isEqualTo(all.subList(0, at + 1));
  }

  @Test
  void hasOnlyTheWayToABlock() throws Exception {
    assertThat(car(single.root() + "/subdir", "&dag-scope=block"))
        .isEqualTo(list(single.root(), single.cid("subdir")));
    assertThat(car(single.root() + "/subdir/ascii.txt", "&dag-scope=block"))
        .isEqualTo(list(single.root(), single.cid("subdir"), single.cid("subdir", "ascii.txt")));
  }

  @Test
  void hasWhatItTakesToReadAnEntity() throws Exception {
    assertThat(car(single.root().toString(), "&dag-scope=entity")).isEqualTo(list(single.root()));
    Cid subdir = mixed.cid("subdir");
    Cid file = mixed.cid("subdir", "multiblock.txt");
    assertThat(car(mixed.root() + "/subdir/multiblock.txt", "&dag-scope=entity"))
        .isEqualTo(list(mixed.root(), subdir, file, mixed.descendants(file)));
    assertThat(car(mixed.root() + "/subdir/ascii.txt", "&dag-scope=entity"))
        .isEqualTo(list(mixed.root(), subdir, mixed.cid("subdir", "ascii.txt")));
    assertThat(car(cbor.root() + "/document", "&dag-scope=entity"))
        .isEqualTo(list(cbor.root(), cbor.cid("document")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "&entity-bytes=0:*", "&entity-bytes=7:9"})
  void hasAllShardsOfADirectoryAndNoFiles(String range) throws Exception {
    List<Cid> shards =
        list(hamt.root(), hamt.descendants(hamt.root())).stream()
            .filter(this::isShard)
            .distinct()
            .toList();
    assertThat(shards).hasSizeGreaterThan(1);
    assertThat(car(hamt.root().toString(), "&dag-scope=entity" + range)).isEqualTo(shards);
  }

  private boolean isShard(Cid cid) {
    try {
      return cid.codec() == Cid.DAG_PB
          && UnixFsNode.decode(node.blocks.load(cid)) instanceof UnixFsNode.Shard;
    } catch (IOException | FaultException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0:*, 0, 5",
    "512:*, 2, 5",
    "512:1023, 2, 4",
    "512:-256, 2, 4",
    "-5:*, 3, 5",
    "-9999:*, 0, 5",
    "-9999:-3, 0, 4",
    "0:0, 0, 1",
    "255:256, 0, 2",
    "1025:99999, 4, 5",
    "1026:*, 0, 0",
    "5000:6000, 0, 0",
    "600:500, 0, 0",
    "0:-2000, 0, 0"
  })
  void hasOnlyTheBlocksOfARange(String range, int from, int to) throws Exception {
    Cid file = mixed.cid("subdir", "multiblock.txt");
    List<Cid> leaves = new ArrayList<>(List.of(file));
    for (String leaf : LEAVES.subList(from, to)) {
      leaves.add(Cid.parse(leaf));
    }
    assertThat(car(file.toString(), "&dag-scope=entity&entity-bytes=" + range)).isEqualTo(leaves);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "1", "1:", ":1", "*:1", "1:2:3", "99999999999999999999:*", "--1:2"})
  void refusesRangesThatAreNone(String range) throws Exception {
    RawClient.Answer answer =
        node.get(
            "/ipfs/"
                + mixed.cid("subdir", "multiblock.txt")
                + "?format=car&dag-scope=entity&entity-bytes="
                + range);
    assertThat(answer.status()).isEqualTo(400);
  }

  @Test
  void doesNotNeedBlocksOutsideOfTheRange() throws Exception {
    String first = "QmPKt7ptM2ZYSGPUc8PmPT2VBkLDK3iqpG9TBJY7PCE9rF";
    String third = "QmWXY482zQdwecnfBsj78poUUuPXvyw2JAFAEMw4tzTavV";
    assertThat(car(missing.root().toString(), "&dag-scope=entity&entity-bytes=0:1000"))
        .isEqualTo(list(missing.root(), Cid.parse(first)));
    assertThat(car(missing.root().toString(), "&dag-scope=entity&entity-bytes=2200:*"))
        .isEqualTo(list(missing.root(), Cid.parse(third)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "&dag-scope=entity&entity-bytes=1000:2200"})
  void isAbsentWhereABlockOfItIs(String query) throws IOException {
    assertThat(node.get("/ipfs/" + missing.root() + "?format=car" + query).status()).isEqualTo(404);
  }

  @Test
  void isAbsentWhereTheNameIs() throws IOException {
    assertThat(node.get("/ipfs/" + single.root() + "/subdir/nope?format=car").status())
        .isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource({
    "'', 'version=1; order=dfs; dups=y', y",
    "'', 'version=1; order=dfs; dups=n', n",
    "'', order=unk, n",
    "format=car, dups=y, y",
    "format=car&car-order=dfs, order=unk, n",
    "format=car&car-dups=y, dups=n, y",
    "format=car&car-dups=n, dups=y, n",
  })
  void keepsDuplicatesWhereTheyAreWanted(String query, String options, String kept)
      throws Exception {
    RawClient.Answer answer =
        node.get(
            "/ipfs/" + duplicates.root() + "?" + query,
            "Accept: text/html, application/vnd.ipld.car; " + options);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.field("Content-Type"))
        .contains("application/vnd.ipld.car;version=1;order=dfs;dups=" + kept);
    List<Cid> all = list(duplicates.root(), duplicates.descendants(duplicates.root()));
    assertThat(ConformanceFixture.cids(answer.body()))
        .isEqualTo(kept.equals("y") ? all : all.stream().distinct().toList());
    assertThat(all).hasSizeGreaterThan(all.stream().distinct().toList().size());
  }

  @Test
  void neverHasIdentityBlocks() throws Exception {
    RawClient.Answer answer =
        node.get(
            "/ipfs/bafkqaf3imvwgy3zaneqgc3janfxgy2lomvscay3jmqfa",
            "Accept: application/vnd.ipld.car; dups=y");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(ConformanceFixture.cids(answer.body())).isEmpty();
  }

  @Test
  void tellsOtherRequestsApart() throws IOException {
    List<String> tags = new ArrayList<>();
    for (String query :
        List.of(
            "",
            "&dag-scope=block",
            "&dag-scope=entity",
            "&car-dups=y",
            "&dag-scope=entity&entity-bytes=0:1",
            "&dag-scope=entity&entity-bytes=0:2")) {
      String path = "/ipfs/" + mixed.root() + "/subdir/multiblock.txt?format=car" + query;
      String tag = node.get(path).field("ETag").orElseThrow();
      tags.add(tag);
      RawClient.Answer again = node.get(path, "If-None-Match: " + tag);
      assertThat(again.status()).isEqualTo(304);
      assertThat(again.field("ETag")).contains(tag);
    }
    assertThat(tags).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @ValueSource(strings = {"dag-scope=some", "car-version=2", "dag-scope=%0d%0a"})
  void refusesWhatItCannotDo(String query) throws IOException {
    assertThat(node.get("/ipfs/" + mixed.root() + "?format=car&" + query).status()).isEqualTo(400);
  }

  /** Sixty levels of which each links twice to the next: 2^60 leaves in sixty blocks. */
  @Test
  void walksADagThatLinksToItselfOnce() throws Exception {
    Cid at = Cid.raw(spindrift.base.Digests.sha256(Bytes.utf8("x")));
    node.blocks.accept(Block.raw(Bytes.utf8("x")));
    long size = 1;
    for (int i = 0; i < 60; i++) {
      PbNode file =
          UnixFsNode.File.of(
                  List.of(new UnixFsNode.Part(at, size, size), new UnixFsNode.Part(at, size, size)),
                  UnixFsAttributes.NONE)
              .toPb();
      Block block = Block.dagPb(file);
      node.blocks.accept(block);
      at = block.cid();
      size *= 2;
    }
    assertThat(car(at.toString(), "")).hasSize(61);
    assertThat(car(at.toString(), "&dag-scope=entity&entity-bytes=3:-3")).hasSize(61);
    assertThat(node.get("/ipfs/" + at + "?format=car&car-dups=y").status()).isEqualTo(413);
  }

  @Test
  void refusesADagThatIsTooDeep() throws Exception {
    Cid at = Cid.raw(spindrift.base.Digests.sha256(Bytes.utf8("x")));
    for (int i = 0; i < 3000; i++) {
      Block block =
          Block.dagPb(PbNode.of(List.of(PbLink.of(at, Bytes.utf8("x"), 1)), Bytes.of(8, 1)));
      node.blocks.accept(block);
      at = block.cid();
    }
    assertThat(node.get("/ipfs/" + at + "?format=car").status()).isEqualTo(413);
  }
}
