package spindrift.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import spindrift.base.FaultException;
import spindrift.nix.StorePath;
import spindrift.node.StorePathArgument;
import spindrift.store.StoreSocket;

/** {@code spindrift store-socket}. */
@Command(
    name = "store-socket",
    description = {
      "Let Nix read what the running node has and can get as a store of its own, over a Unix"
          + " socket.",
      "",
      "It speaks the protocol of Nix's daemon. With paths named, these and all that they refer to"
          + " are valid; without, every path that the node finds. Nothing can be written to it."
          + " Runs until it is told to stop.",
      ""
    },
    footer = {
      "",
      "Example: a closure as the lower store of Nix's local-overlay store (see docs/realise.md)",
      "  spindrift store-socket /run/lower.sock /nix/store/9krlzvny65gdc8s7kpb6lkx8cd02c25b-hello",
      "  nix path-info -r --store unix:///run/lower.sock /nix/store/9krlz…-hello"
    })
final class StoreSocketCommand extends TerminalCommand implements Callable<Integer> {
  @Mixin private final NodeOptions node = new NodeOptions();

  @Parameters(index = "0", paramLabel = "SOCKET", description = "The socket, which is made.")
  private Path socket = Path.of("");

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "STOREPATH",
      description = "Paths whose closures are valid. Default: whatever the node finds.")
  private List<String> paths = List.of();

  StoreSocketCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws Exception {
    LogLines.warnTo(terminal().err());
    Path data = node.config().data();
    NodeObjects.requireNode(data);
    NodeStore store = store(new NodeObjects(data, NodeObjects.Ahead.NOTHING));
    CountDownLatch stopped = new CountDownLatch(1);
    try (EndOnSignal _ = EndOnSignal.install(Thread.currentThread());
        StoreSocket _ = StoreSocket.start(socket.toAbsolutePath(), store)) {
      terminal().out().println("ready socket=" + socket.toAbsolutePath());
      terminal().flush();
      stopped.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return ExitCode.DONE;
  }

  private NodeStore store(NodeObjects objects) throws IOException, FaultException {
    if (paths.isEmpty()) {
      return NodeStore.ofAll(objects);
    }
    List<StorePath> roots = new ArrayList<>();
    for (String path : paths) {
      roots.add(StorePathArgument.parse(NodeCommand.resolved(path)));
    }
    return NodeStore.ofClosures(objects, roots);
  }
}
