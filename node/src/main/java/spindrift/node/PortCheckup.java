package spindrift.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import spindrift.base.JsonObject;

/** Who listens where the node listens, as Linux tells it. */
record PortCheckup(NodeConfig config, Optional<JsonObject> node) implements Checkup {
  private static final Path PROC = Path.of("/proc");
  private static final String LISTENS = "0A";
  private static final Pattern URL_PORT = Pattern.compile(":(\\d{1,5})$");
  private static final Pattern PEER_PORT = Pattern.compile("/tcp/(\\d{1,5})");

  @Override
  public void run(Consumer<Finding> findings) {
    check(said("http", URL_PORT).orElse(config.port()), "Nix", findings);
    if (!(config.peers().listening() instanceof PeerSettings.Off)) {
      check(said("p2p", PEER_PORT).orElse(PeerNetwork.DEFAULT_PORT), "peers", findings);
    }
  }

  /** The port in what the node says of itself. */
  private Optional<Integer> said(String name, Pattern pattern) {
    return node.flatMap(running -> Doctor.text(running, name))
        .map(pattern::matcher)
        .filter(Matcher::find)
        .map(found -> Integer.valueOf(found.group(1)));
  }

  private void check(int port, String whom, Consumer<Finding> findings) {
    List<String> sockets = listening(port);
    Optional<ProcessHandle> owner = sockets.stream().flatMap(PortCheckup::owner).findFirst();
    boolean ours =
        node.isPresent()
            && owner.map(ProcessHandle::pid).equals(Optional.of(Doctor.whole(node.get(), "pid")));
    String about = "port " + port;
    if (ours) {
      findings.accept(Finding.ok(about, "the node listens for " + whom));
    } else if (sockets.isEmpty()) {
      node.ifPresentOrElse(
          running ->
              findings.accept(
                  Finding.warning(
                      about,
                      "the node does not listen there for " + whom,
                      "it does elsewhere, as 'spindrift status' and 'spindrift id' say")),
          () -> findings.accept(Finding.ok(about, "free")));
    } else {
      findings.accept(
          Finding.problem(
              about,
              owner.map(PortCheckup::shown).orElse("a program of another user")
                  + " listens where the node would for "
                  + whom,
              "stop that, or give the node another port"));
    }
  }

  private static String shown(ProcessHandle process) {
    String command = process.info().command().orElse("a program");
    return command + " (process " + process.pid() + ")";
  }

  /** The inodes of the sockets that listen on a port. */
  private static List<String> listening(int port) {
    String suffix = ":" + String.format(Locale.ROOT, "%04X", port);
    List<String> inodes = new ArrayList<>();
    for (String table : List.of("net/tcp", "net/tcp6")) {
      try {
        for (String line : Files.readAllLines(PROC.resolve(table))) {
          String[] words = line.strip().split("\\s+", -1);
          if (words.length > 9 && words[1].endsWith(suffix) && words[3].equals(LISTENS)) {
            inodes.add(words[9]);
          }
        }
      } catch (IOException e) {
        // Not Linux, or without this kind of address.
      }
    }
    return inodes;
  }

  private static Stream<ProcessHandle> owner(String inode) {
    return ProcessHandle.allProcesses()
        .filter(process -> holds(PROC.resolve(process.pid() + "/fd"), inode));
  }

  private static boolean holds(Path descriptors, String inode) {
    try (Stream<Path> all = Files.list(descriptors)) {
      return all.anyMatch(one -> target(one).equals("socket:[" + inode + "]"));
    } catch (IOException | java.io.UncheckedIOException e) {
      return false; // it has ended, or is somebody else's
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return "";
    }
  }
}
