package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import spindrift.mount.MountSettings;
import spindrift.testkit.Corpus;

/**
 * A mount beside the same files on a disk: every attribute and every byte, as other programs see
 * them. What a file system decides for itself, such as the size of a directory, is left out.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class MountComparedTest {
  /** {@code -Dspindrift.reads} makes it longer. */
  private static final int READS = Integer.getInteger("spindrift.reads", 60);

  /** Where files take whole blocks of 4 KiB, and links to a directory are counted. */
  private static final Set<String> LIKE_EXT4 = Set.of("ext2", "ext3", "ext4", "tmpfs");

  /** In units of 512 bytes. */
  private static final int BLOCK = 8;

  private static final String STORE = "nix/store";

  @TempDir(factory = InMemory.class)
  Path scratch;

  private MountNodes nodes;
  private Path original;

  @BeforeEach
  void open() {
    nodes = new MountNodes(scratch);
    original = Corpus.store().resolve(STORE);
  }

  @AfterEach
  void close() throws Exception {
    nodes.close();
  }

  private String run(Path folder, List<String> command) throws Exception {
    Path out = Files.createTempFile(scratch, "out", "");
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().put("LC_ALL", "C");
    Process process = builder.redirectErrorStream(true).redirectOutput(out.toFile()).start();
    assertThat(process.waitFor(100, TimeUnit.SECONDS)).as("ends").isTrue();
    String said = Files.readString(out, StandardCharsets.ISO_8859_1);
    assertThat(process.exitValue()).as(said).isZero();
    return said;
  }

  /** Each file by its path, as {@code find -printf} tells of it. */
  private Map<String, String> found(Path top, String form) throws Exception {
    List<String> command = new ArrayList<>(List.of("find"));
    command.addAll(MountNodes.names());
    command.addAll(List.of("-printf", "%p\\0" + form + "\\0"));
    String[] parts = run(top, command).split("\0", -1);
    Map<String, String> files = new TreeMap<>();
    for (int i = 0; i + 1 < parts.length; i += 2) {
      files.put(parts[i], parts[i + 1]);
    }
    return files;
  }

  private void compare(Path mount) throws Exception {
    // Kind, mode, owner, time, target.
    String all = "%y %m %U %G %T@ %l";
    assertThat(found(mount, all)).isEqualTo(found(original, all)).hasSizeGreaterThan(500);
    assertThat(only("f", found(mount, "%y %s"))).isEqualTo(only("f", found(original, "%y %s")));
    // Nix makes hard links of its own accord, and a NAR knows none.
    assertThat(only("f", found(mount, "%y %n")).values()).containsOnly("f 1");
    if (LIKE_EXT4.contains(Files.getFileStore(original).type())) {
      assertThat(only("d", found(mount, "%y %n"))).isEqualTo(only("d", found(original, "%y %n")));
      compareSpace(only("f", found(mount, "%y %b")), only("f", found(original, "%y %b")));
    }
    for (String name : MountNodes.names()) {
      List<String> diff = List.of("diff", "-r", "--no-dereference", name, mount + "/" + name);
      assertThat(run(original, diff)).isEmpty();
    }
  }

  /** The same, but for what ext4 needs to find the pieces of a file where there are more than 4. */
  private static void compareSpace(Map<String, String> mounted, Map<String, String> original) {
    assertThat(mounted.keySet()).isEqualTo(original.keySet());
    mounted.forEach(
        (file, line) -> {
          long sectors = Long.parseLong(line.substring(2));
          long most = sectors <= 4 * BLOCK ? sectors : sectors + BLOCK + sectors / 256;
          assertThat(Long.parseLong(original.get(file).substring(2)))
              .as(file)
              .isBetween(sectors, most);
        });
  }

  /** Those of a kind. */
  private static Map<String, String> only(String kind, Map<String, String> files) {
    files.values().removeIf(line -> !line.startsWith(kind));
    return files;
  }

  private Map<String, String> inodes(Path mount) throws Exception {
    return found(mount, "%i");
  }

  @Test
  void aLocalStoreHasEveryAttributeAndByte() throws Exception {
    nodes.owner();
    Mounted mounted = nodes.mount("owner", MountSettings.all());
    compare(mounted.directory());
    Map<String, String> inodes = inodes(mounted.directory());
    assertThat(new HashSet<>(inodes.values())).hasSameSizeAs(inodes.keySet());
    assertThat(inodes(mounted.directory())).isEqualTo(inodes);
    mounted.close();
    Mounted again = nodes.mount("owner", MountSettings.all());
    assertThat(inodes(again.directory())).as("in another mount").isEqualTo(inodes);
    Set<String> below = new HashSet<>(inodes.values());
    for (String name : MountNodes.names()) {
      below.remove(inodes.get(name));
    }
    assertThat(listedInodes(again.directory())).as("as lists show them").containsAll(below);
  }

  /** What {@code readdir} says, not {@code stat}: all numbers but those of the top. */
  private Set<String> listedInodes(Path mount) throws Exception {
    List<String> command = new ArrayList<>(List.of("ls", "-1iARb"));
    command.addAll(MountNodes.names());
    Set<String> numbers = new HashSet<>();
    for (String line : run(mount, command).split("\n", -1)) {
      String first = line.strip().split(" ", 2)[0];
      if (first.matches("\\d{19}")) {
        numbers.add(first);
      }
    }
    return numbers;
  }

  @Test
  void aPeersStoreHasEveryAttributeAndByte() throws Exception {
    Node owner = nodes.owner();
    nodes.reader(owner);
    compare(nodes.mount("reader", MountSettings.all()).directory());
  }

  @Test
  void randomReadsOfEveryKindAreRight() throws Exception {
    Node owner = nodes.owner();
    nodes.reader(owner);
    Path mount = nodes.mount("reader", MountSettings.all()).directory();
    List<String> command = new ArrayList<>(RandomReads.command());
    command.addAll(List.of(Long.toString(System.nanoTime()), Integer.toString(READS)));
    for (Path file : someFiles()) {
      command.add(mount.resolve(original.relativize(file)).toString());
      command.add(file.toString());
    }
    assertThat(run(scratch, command)).as("%s", command).isEqualTo("same\n");
  }

  /** Of every order of magnitude one, from a byte to what is cut into many leaves. */
  private List<Path> someFiles() throws IOException {
    TreeMap<Integer, Path> bySize = new TreeMap<>();
    for (String path : Corpus.paths()) {
      try (Stream<Path> files = Files.walk(Corpus.physical(path))) {
        for (Path file : (Iterable<Path>) files::iterator) {
          if (Files.isRegularFile(file, java.nio.file.LinkOption.NOFOLLOW_LINKS)
              && Files.size(file) > 0) {
            bySize.put((int) Math.log10((double) Files.size(file)), file);
          }
        }
      }
    }
    return List.copyOf(bySize.values());
  }
}
