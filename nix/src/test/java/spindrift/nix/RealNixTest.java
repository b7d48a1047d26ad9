package spindrift.nix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.base.Json;
import spindrift.testkit.NixClient;
import spindrift.testkit.RealNix;

/** The codecs against each Nix that is installed, on trees that are made here. */
final class RealNixTest {
  @ParameterizedTest
  @MethodSource("spindrift.testkit.RealNix#candidates")
  void dumpsAndRestoresAsNixDoes(RealNix nix, @TempDir Path scratch) throws Exception {
    assumeThat(nix.missing()).as(nix.missing().orElse("")).isEmpty();
    NixClient client = nix.client(scratch);
    Path tree = makeTree(scratch.resolve("tree"));
    Bytes dumped = client.run("nix-store", "--dump", tree.toString()).stdout();
    assertThat(dump(tree)).isEqualTo(dumped);

    Path nar = Files.write(scratch.resolve("ours.nar"), dumped.toArray());
    Path restored = scratch.resolve("restored");
    Process restore =
        client
            .command("", "nix-store", "--restore", restored.toString())
            .redirectInput(new File(nar.toString()))
            .start();
    assertThat(restore.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(restore.exitValue()).isZero();
    assertThat(dump(restored)).isEqualTo(dumped);
  }

  @ParameterizedTest
  @MethodSource("spindrift.testkit.RealNix#candidates")
  void computesThePathsThatNixAddsTo(RealNix nix, @TempDir Path scratch) throws Exception {
    assumeThat(nix.missing()).as(nix.missing().orElse("")).isEmpty();
    NixClient client = nix.client(scratch);
    Path tree = makeTree(scratch.resolve("tree"));
    ContentAddress ca = new ContentAddress(ContentAddress.Method.NAR, NixHash.sha256Of(dump(tree)));
    assertThat(
            new StorePathCalculator(StoreDir.DEFAULT)
                .contentAddressed("tree", ca, References.NONE)
                .in(StoreDir.DEFAULT))
        .isEqualTo(client.run("nix-store", "--add", tree.toString()).line());
  }

  @ParameterizedTest
  @MethodSource("spindrift.testkit.RealNix#candidates")
  void isBelievedWhenItSigns(RealNix nix, @TempDir Path scratch) throws Exception {
    assumeThat(nix.missing()).as(nix.missing().orElse("")).isEmpty();
    SecretKey key = SecretKey.generate("spindrift-test-1");
    Path tree = makeTree(scratch.resolve("tree"));
    Bytes nar = dump(tree);
    StorePath path = StorePath.ofBaseName("00bgd045z0d4icpbc2yyz4gx48ak44la-signed");
    PathInfo unsigned = PathInfo.of(path, NixHash.sha256Of(nar), nar.size(), List.of(path));
    PathInfo signed =
        unsigned.withSignatures(List.of(key.sign(unsigned.fingerprint(StoreDir.DEFAULT))));
    NarInfo info = NarInfo.of(signed).withExtraField("IpfsCid", "bafkqaaa");

    Path cache = scratch.resolve("cache");
    putInto(cache, info, nar);
    NixClient client =
        nix.client(scratch)
            .with("substituters", "file://" + cache)
            .with("require-sigs", "true")
            .with("trusted-public-keys", key.publicKey().render());
    client.run("nix-store", "-r", path.in(StoreDir.DEFAULT));
    assertThat(dump(client.physical(path.in(StoreDir.DEFAULT)))).isEqualTo(nar);
  }

  /** Nix 2.17 to 2.34 forgot the positions; two references are then more than can be proved. */
  @ParameterizedTest
  @MethodSource("spindrift.testkit.RealNix#candidates")
  void provesSelfReferencesAsFarAsItsNixHashesThem(RealNix nix, @TempDir Path scratch)
      throws Exception {
    assumeThat(nix.missing()).isEmpty();
    assumeThat(nix.isAtLeast(2, 8)).as("make-content-addressed").isTrue();
    boolean isForgetful = nix.isAtLeast(2, 17) && !nix.isAtLeast(2, 35);
    NixClient client = nix.client(scratch).with("require-sigs", "false");
    for (int references : new int[] {1, 2}) {
      StorePath path = StorePath.ofBaseName(references + "0bgd045z0d4icpbc2yyz4gx48ak44la-self");
      Bytes nar = naming(path, references);
      Path cache = scratch.resolve("cache" + references);
      putInto(
          cache,
          NarInfo.of(PathInfo.of(path, NixHash.sha256Of(nar), nar.size(), List.of(path))),
          nar);
      String old = path.in(StoreDir.DEFAULT);
      client.runOn(
          "",
          "nix",
          "copy",
          "--from",
          "file://" + cache,
          "--to",
          client.storeUri(),
          "--no-check-sigs",
          old);
      String json = client.run("nix", "store", "make-content-addressed", "--json", old).text();
      StorePath made = StorePath.ofBaseName(rewritten(json, old).substring("/nix/store/".length()));
      Bytes rewritten = dump(client.physical(made.in(StoreDir.DEFAULT)));
      SelfReferenceHash.Rule rule =
          isForgetful
              ? SelfReferenceHash.Rule.POSITIONS_DROPPED
              : SelfReferenceHash.Rule.POSITIONS_HASHED;
      SelfReferenceHash hash = new SelfReferenceHash(made.hashPart(), rule);
      hash.write(rewritten.toArray(), 0, rewritten.size());
      ContentAddress address = new ContentAddress(ContentAddress.Method.NAR, hash.finish());
      assertThat(
              new StorePathCalculator(StoreDir.DEFAULT)
                  .contentAddressed("self", address, References.NONE.withSelf()))
          .isEqualTo(made);
      NarContentCheck check = NarContentCheck.of(made, address, List.of(made)).orElseThrow();
      check.write(rewritten.toArray(), 0, rewritten.size());
      if (isForgetful && references == 2) {
        assertThatThrownBy(() -> check.finish("test")).isInstanceOf(IntegrityException.class);
        assertThat(check.isAmbiguous()).isTrue();
      } else {
        check.finish("test");
      }
    }
  }

  private static String rewritten(String json, String old) throws Exception {
    return Json.parseObject(Bytes.utf8(json)).object("rewrites").text(old);
  }

  private static Bytes naming(StorePath path, int times) throws Exception {
    Bytes text = Bytes.utf8(("it is " + path.in(StoreDir.DEFAULT) + " itself\n").repeat(times));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new NarWriter(out)
        .regular(FileMode.REGULAR, text.size(), new ByteArrayInputStream(text.toArray()));
    return Bytes.owning(out.toByteArray());
  }

  private static void putInto(Path cache, NarInfo info, Bytes nar) throws IOException {
    Files.createDirectories(cache.resolve("nar"));
    Files.write(cache.resolve(info.url()), nar.toArray());
    Files.writeString(cache.resolve("nix-cache-info"), "StoreDir: /nix/store\nWantMassQuery: 1\n");
    Files.writeString(
        cache.resolve(info.path().hashPart() + ".narinfo"), info.render(StoreDir.DEFAULT));
  }

  private static Path makeTree(Path root) throws IOException {
    Random random = new Random(1);
    Files.createDirectories(root.resolve("empty"));
    Files.createDirectories(root.resolve("a/b/c"));
    for (int size : new int[] {0, 1, 7, 8, 9, 4096, 65_535, 65_536, 200_001}) {
      byte[] contents = new byte[size];
      random.nextBytes(contents);
      Path file = Files.write(root.resolve("a/file-" + size), contents);
      assertThat(file.toFile().setExecutable(size % 2 == 1, false)).isTrue();
    }
    Files.writeString(root.resolve("(name) type node"), "x");
    Files.createSymbolicLink(root.resolve("a/b/link"), Path.of("../../nowhere"));
    return root;
  }

  private static Bytes dump(Path root) throws IOException, FaultException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    NarWriter writer = new NarWriter(out);
    dump(root, writer, out);
    writer.finish();
    return Bytes.owning(out.toByteArray());
  }

  private static void dump(Path path, NarWriter writer, OutputStream out)
      throws IOException, FaultException {
    if (Files.isSymbolicLink(path)) {
      writer.symlink(Bytes.utf8(Files.readSymbolicLink(path).toString()));
    } else if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      writer.startDirectory();
      Map<Bytes, Path> entries = new TreeMap<>();
      try (Stream<Path> list = Files.list(path)) {
        list.forEach(entry -> entries.put(Bytes.utf8(Vectors.name(entry)), entry));
      }
      for (Map.Entry<Bytes, Path> entry : entries.entrySet()) {
        writer.entry(entry.getKey());
        dump(entry.getValue(), writer, out);
      }
      writer.endDirectory();
    } else {
      FileMode mode = Files.isExecutable(path) ? FileMode.EXECUTABLE : FileMode.REGULAR;
      // Both ways of writing contents by turns.
      if (Files.size(path) % 2 == 0) {
        writer.startRegular(mode, Files.size(path));
        Files.copy(path, out);
        writer.endRegular();
      } else {
        try (InputStream in = Files.newInputStream(path)) {
          writer.regular(mode, Files.size(path), in);
        }
      }
    }
  }
}
