package spindrift.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import spindrift.testkit.Corpus;
import spindrift.testkit.NixClient;
import spindrift.testkit.RealNix;
import spindrift.testkit.Seeds;

/**
 * A closure in a chroot store: the corpus where there is one, else a few objects made on the spot.
 *
 * @param store the folder of the chroot store
 * @param roots the paths whose closure it is
 * @param hashes the NAR hash of every path, as Nix says it
 */
record Closures(Path store, List<String> roots, Map<String, String> hashes) {
  /** Above this an object is one of the corpus's four large ones, which take most of the time. */
  private static final long LARGE = 20_000_000;

  Closures {
    roots = List.copyOf(roots);
    hashes = Map.copyOf(hashes);
  }

  /**
   * The corpus, or what this client makes instead. The newest version gets all of it, the others
   * all but the large objects.
   */
  static Closures some(NixClient client) throws IOException {
    if (Corpus.missing().isPresent()) {
      return small(client);
    }
    if (RealNix.newest().filter(client.nix()::equals).isPresent()) {
      return of(client, Corpus.store(), List.of(Corpus.root()));
    }
    List<String> paths = new ArrayList<>(Corpus.paths());
    paths.remove(Corpus.root());
    Map<String, String> sizes = query(client, uri(Corpus.store()), "--size", paths);
    paths.removeIf(path -> Long.parseLong(sizes.getOrDefault(path, "0")) > LARGE);
    return of(client, Corpus.store(), paths);
  }

  /** A text that refers to another and to a folder with hard names. */
  static Closures small(NixClient client) throws IOException {
    Path folder = client.root().resolveSibling("sources").resolve("tree");
    Files.createDirectories(folder.resolve("empty"));
    RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
    Files.write(folder.resolve("large"), Seeds.bytes(random, 400_000).toArray());
    Files.writeString(folder.resolve("na me\n"), "x");
    Files.createSymbolicLink(folder.resolve("link"), Path.of("large"));
    String tree = client.run("nix-store", "--add", folder.toString()).line();
    String expression =
        "builtins.toFile \"outer\" \"${builtins.toFile \"inner\" \"inner\"} ${builtins.storePath "
            + tree
            + "}\"";
    String text =
        client.run("nix-instantiate", "--eval", "--read-write-mode", "--expr", expression).line();
    return of(client, client.root(), List.of(text.replace("\"", "")));
  }

  static Closures of(NixClient client, Path store, List<String> roots) throws IOException {
    return new Closures(store, roots, hashes(client, uri(store), roots));
  }

  String uri() {
    return uri(store);
  }

  /** The first of the roots, for closures that have only one. */
  String root() {
    return roots.getFirst();
  }

  private static String uri(Path store) {
    return "local?root=" + store;
  }

  /** The NAR hashes of a closure in a store. */
  static Map<String, String> hashes(NixClient client, String storeUri, List<String> roots)
      throws IOException {
    List<String> paths = client.runOn(storeUri, "nix-store", with(roots, "-qR")).lines();
    return query(client, storeUri, "--hash", paths);
  }

  /** Arguments with others before them. */
  static String[] with(List<String> last, String... first) {
    List<String> arguments = new ArrayList<>(List.of(first));
    arguments.addAll(last);
    return arguments.toArray(String[]::new);
  }

  private static Map<String, String> query(
      NixClient client, String storeUri, String what, List<String> paths) throws IOException {
    List<String> answers = client.runOn(storeUri, "nix-store", with(paths, "-q", what)).lines();
    Map<String, String> all = new HashMap<>();
    for (int i = 0; i < paths.size(); i++) {
      all.put(paths.get(i), answers.get(i));
    }
    return all;
  }
}
