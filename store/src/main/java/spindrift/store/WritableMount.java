package spindrift.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import spindrift.base.ProcessUser;

/**
 * A store that is mounted read-only, as on NixOS, made writable for this process alone: what Nix
 * itself does when root runs it.
 */
public final class WritableMount {
  /** Set in a process that was begun for this, so that it is tried once. */
  private static final String TRIED = "SPINDRIFT_MOUNT_NAMESPACE";

  /** Its {@code $0} is the next script; then come the folder and the program with its arguments. */
  private static final String OUTSIDE =
      "export "
          + TRIED
          + "=1; if unshare --mount -- /bin/sh -c : 2>/dev/null; "
          + "then exec unshare --mount -- /bin/sh -c \"$0\" \"$@\"; fi; shift; exec \"$@\"";

  /** The folder is the shell's {@code $0}. Where it cannot be done, Nix's daemon has to write. */
  private static final String INSIDE = "mount -o remount,bind,rw \"$0\" 2>/dev/null; exec \"$@\"";

  private WritableMount() {}

  /**
   * Begins this process anew, with a mount namespace of its own, where that makes the store
   * writable; returns where there is no need, or no way.
   *
   * @param setting as for {@link LocalStores#open}
   */
  public static void enter(String setting) throws IOException {
    if (setting.equals("auto") && System.getenv(TRIED) == null) {
      Path files = StoreLayout.host(System.getenv()).realStoreDir();
      // Root may write everywhere but there.
      if (ProcessUser.isRoot() && Files.exists(files) && !Files.isWritable(files)) {
        Linux.exec(command(files, ownArguments()));
      }
    }
  }

  static List<String> command(Path files, List<String> program) {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("/bin/sh", "-c", OUTSIDE, INSIDE, files.toString()));
    command.addAll(program);
    return command;
  }

  private static List<String> ownArguments() throws IOException {
    // Not by its size: files of proc have none.
    byte[] line = Files.readAllBytes(Path.of("/proc/self/cmdline"));
    String text = new String(line, StandardCharsets.UTF_8);
    String[] words = text.split("\0", -1);
    List<String> arguments = new ArrayList<>(Arrays.asList(words).subList(0, words.length - 1));
    ProcessHandle.current().info().command().ifPresent(program -> arguments.set(0, program));
    return arguments;
  }
}
