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
import spindrift.testkit.Seeds;

/**
 * A closure in a chroot store: the corpus where there is one, else a few objects made on the spot.
 *
 * @param store the folder of the chroot store
 * @param root the path whose closure it is
 * @param hashes the NAR hash of every path, as Nix says it
 */
record Closures(Path store, String root, Map<String, String> hashes) {
  /** The corpus, or what this client makes instead. */
  static Closures some(NixClient client) throws IOException {
    return Corpus.missing().isEmpty() ? of(client, Corpus.store(), Corpus.root()) : small(client);
  }

  /** A text that refers to another and to a folder with hard names. */
  static Closures small(NixClient client) throws IOException {
    Path folder = Files.createTempDirectory("closure").resolve("tree");
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
    return of(client, client.root(), text.replace("\"", ""));
  }

  static Closures of(NixClient client, Path store, String root) throws IOException {
    return new Closures(store, root, hashes(client, uri(store), root));
  }

  String uri() {
    return uri(store);
  }

  private static String uri(Path store) {
    return "local?root=" + store;
  }

  /** The NAR hashes of a closure in a store. */
  static Map<String, String> hashes(NixClient client, String storeUri, String root)
      throws IOException {
    List<String> paths = client.runOn(storeUri, "nix-store", "-qR", root).lines();
    List<String> arguments = new ArrayList<>(List.of("-q", "--hash"));
    arguments.addAll(paths);
    List<String> hashes =
        client.runOn(storeUri, "nix-store", arguments.toArray(String[]::new)).lines();
    Map<String, String> all = new HashMap<>();
    for (int i = 0; i < paths.size(); i++) {
      all.put(paths.get(i), hashes.get(i));
    }
    return all;
  }
}
