package spindrift.cli;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import spindrift.base.JsonObject;

/** {@code spindrift peer}: one node that this one is, or is to be, connected with. */
@Command(
    name = "peer",
    synopsisSubcommandLabel = "COMMAND",
    description = {"Connect with another node, or part from it.", ""},
    commandListHeading = "%nCommands:%n",
    footer = {
      "",
      "Example:",
      "  spindrift peer connect /ip4/192.0.2.1/tcp/7746",
      "'spindrift peers' lists them; 'spindrift up --peer' keeps one connected."
    })
final class PeerCommand extends TerminalCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  private PeerCommand(Terminal terminal) {
    super(terminal);
  }

  static CommandLine commandLine(Terminal terminal) {
    return new CommandLine(new PeerCommand(terminal))
        .addSubcommand(new Connect(terminal))
        .addSubcommand(new Disconnect(terminal))
        .addSubcommand(new Ban(terminal));
  }

  @Override
  public void run() {
    throw new ParameterException(
        Objects.requireNonNull(spec).commandLine(), "which command? connect, disconnect or ban");
  }

  /** One that asks with one argument, and says what was done in a line. */
  abstract static class OnPeer extends NodeCommand {
    private final String operation;

    OnPeer(Terminal terminal, String operation) {
      super(terminal);
      this.operation = operation;
    }

    abstract JsonObject argument();

    abstract String said(JsonObject result);

    @Override
    final int run(NodeSession session, Display display) throws Exception {
      JsonObject result = session.run(operation, argument(), NoReporter.NONE);
      if (isJson()) {
        display.print(result);
      } else {
        display.print(said(result));
      }
      return ExitCode.DONE;
    }
  }

  /** {@code spindrift peer connect}. */
  @Command(
      name = "connect",
      description = {
        "Connect with a node.",
        "",
        "With /p2p/ID at the end of its address nobody else is accepted in its place.",
        ""
      },
      footer = {
        "",
        "Examples:",
        "  spindrift peer connect /ip4/192.0.2.1/tcp/7746",
        "  spindrift peer connect /dns/cache.example.org/tcp/7746/p2p/12D3KooW…"
      })
  static final class Connect extends OnPeer {
    @Parameters(
        paramLabel = "MULTIADDR",
        description = "Where it is; 'spindrift id' on it says so.")
    private String address = "";

    Connect(Terminal terminal) {
      super(terminal, "peer-connect");
    }

    @Override
    JsonObject argument() {
      return JsonObject.of("address", address);
    }

    @Override
    String said(JsonObject result) {
      return "connected with "
          + Members.text(result, "peer")
          + " ("
          + Terminal.plain(Members.text(result, "agent"))
          + ")";
    }
  }

  /** {@code spindrift peer disconnect}. */
  @Command(
      name = "disconnect",
      description = {
        "Close the connections with a node.",
        "",
        "One that was named with --peer, or is on the local network, soon connects again;"
            + " 'spindrift peer ban' keeps it away.",
        ""
      },
      footer = {"", "Example:", "  spindrift peer disconnect Xy3bQz9K"})
  static final class Disconnect extends OnPeer {
    @Parameters(paramLabel = "ID", description = "The peer's id, or how it ends.")
    private String peer = "";

    Disconnect(Terminal terminal) {
      super(terminal, "peer-disconnect");
    }

    @Override
    JsonObject argument() {
      return JsonObject.of("peer", peer);
    }

    @Override
    String said(JsonObject result) {
      return "disconnected from " + Members.text(result, "peer");
    }
  }

  /** {@code spindrift peer ban}. */
  @Command(
      name = "ban",
      description = {
        "Have nothing to do with a node for a day.",
        "",
        "It lasts until the node is restarted.",
        ""
      },
      footer = {"", "Example:", "  spindrift peer ban Xy3bQz9K"})
  static final class Ban extends OnPeer {
    @Parameters(
        paramLabel = "ID",
        description = "The peer's id, or how that of a connected peer ends.")
    private String peer = "";

    Ban(Terminal terminal) {
      super(terminal, "peer-ban");
    }

    @Override
    JsonObject argument() {
      return JsonObject.of("peer", peer);
    }

    @Override
    String said(JsonObject result) {
      return "banned "
          + Members.text(result, "peer")
          + " for "
          + Amounts.seconds(Members.whole(result, "seconds"));
    }
  }
}
