package spindrift.fuse;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import spindrift.base.Bytes;

/** What tests let another process do, which they can kill. */
final class ChildJvm {
  /** The contents of the file "data" that it serves. */
  static final int DATA_BYTES = 4_000_000;

  private ChildJvm() {}

  static byte[] data() {
    byte[] bytes = new byte[DATA_BYTES];
    new Random(1).nextBytes(bytes);
    return bytes;
  }

  /** The command that runs this class, with the classes that it needs. */
  static List<String> command(String... arguments) {
    String path =
        Stream.of(FuseSession.class, Bytes.class, ChildJvm.class)
            .map(type -> type.getProtectionDomain().getCodeSource().getLocation().getPath())
            .reduce((a, b) -> a + ":" + b)
            .orElseThrow();
    return commandWith(path, arguments);
  }

  static List<String> commandWith(String classPath, String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath,
                ChildJvm.class.getName()));
    command.addAll(List.of(arguments));
    return command;
  }

  public static void main(String[] arguments) throws Exception {
    PrintStream out = System.out;
    switch (arguments[0]) {
      case "mapped" -> out.println(compare(Path.of(arguments[1]), Path.of(arguments[2])));
      case "serve", "fusermount" -> {
        MountOptions options =
            MountOptions.at(Path.of(arguments[1]))
                .by(
                    arguments[0].equals("serve")
                        ? MountOptions.Way.MOUNT_CALL
                        : MountOptions.Way.FUSERMOUNT);
        for (String flag : List.of(arguments).subList(2, arguments.length)) {
          options = options.with(MountOptions.Flag.valueOf(flag));
        }
        serve(out, options);
      }
      case "brief" -> brief(out, Path.of(arguments[1]).toRealPath());
      case "clear" -> {
        Path directory = Path.of(arguments[1]).toAbsolutePath();
        Mount mount = MountTable.at(directory).orElseThrow();
        out.println(MountTable.condition(mount, Duration.ofSeconds(20)));
        MountTable.clear(mount);
        out.println("left " + MountTable.at(directory).isPresent());
      }
      case "held" -> {
        try (FuseSession session =
            FuseSession.resume(tree(), Path.of(arguments[1]), Integer.parseInt(arguments[2]))) {
          out.println("serving " + ProcessHandle.current().pid());
          session.awaitEnd(Duration.ofMinutes(1));
        }
      }
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private static void brief(PrintStream out, Path directory) throws Exception {
    FuseSession session =
        FuseSession.mount(tree(), MountOptions.at(directory).by(MountOptions.Way.WHICHEVER_WORKS));
    Mount mount = MountTable.at(directory).orElseThrow();
    out.println(MountTable.condition(mount, Duration.ofSeconds(20)));
    try (var _ = Files.newInputStream(directory.resolve("data"))) {
      session.unmount();
    } catch (MountException e) {
      out.println(e.reason());
    }
    session.close();
    out.println("ended " + session.awaitEnd(Duration.ofSeconds(20)));
  }

  private static void serve(PrintStream out, MountOptions options) throws Exception {
    try (FuseSession session = FuseSession.mount(tree(), options)) {
      out.println("serving " + ProcessHandle.current().pid());
      out.println(session.awaitEnd(Duration.ofMinutes(1)) ? "ended" : "left");
    } catch (MountException e) {
      out.println(e.reason() + " " + e.getMessage());
    }
  }

  /** One file of random bytes, each piece of which takes a moment. */
  private static MemoryTree tree() {
    Bytes data = Bytes.owning(data());
    MemoryTree tree = new MemoryTree();
    tree.file(
        FileTree.ROOT,
        "data",
        data.size(),
        (offset, size) ->
            Answer.later(
                Duration.ofSeconds(20),
                () -> Content.of(Content.Slice.of(data.slice((int) offset, (int) offset + size)))));
    return tree;
  }

  private static String compare(Path mapped, Path plain) {
    try (FileChannel file = FileChannel.open(mapped)) {
      byte[] expected = Files.readAllBytes(plain);
      byte[] found = new byte[expected.length];
      var memory = file.map(FileChannel.MapMode.READ_ONLY, 0, file.size());
      // From the end, so that no read-ahead helps.
      for (int page = (expected.length - 1) / 4096; page >= 0; page--) {
        int from = page * 4096;
        memory.get(from, found, from, Math.min(4096, expected.length - from));
      }
      return Arrays.equals(found, expected) ? "same" : "different";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
