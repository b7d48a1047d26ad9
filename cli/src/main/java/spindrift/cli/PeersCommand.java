package spindrift.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import spindrift.base.JsonObject;
import spindrift.cli.Table.Side;

/** {@code spindrift peers}. */
@Command(
    name = "peers",
    description = {
      "Show the nodes that this one is connected with.",
      "",
      "PEER is the end of the peer's id; --wide shows all of it. IN and OUT are what came and went"
          + " in all, IN/S and OUT/S the blocks of the last seconds, BLOCKS how many blocks were"
          + " got from the peer and given to it. SCORE falls below 0 when a peer misbehaves; at"
          + " -100 it is banned for a while.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  spindrift peers",
      "  spindrift peers --json | jq '.items[] | {peer, roundTripMicros}'"
    })
final class PeersCommand extends NodeCommand {
  /** Enough to tell peers apart, and what the log shows. */
  static final int SHORT_ID = 8;

  @Option(
      names = {"-w", "--wide"},
      description = "Show whole ids, addresses and names of programs.")
  private boolean wide;

  PeersCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  int run(NodeSession session, Display display) throws Exception {
    if (isJson()) {
      display.printItems(reporter -> session.run("peers", JsonObject.EMPTY, reporter));
      return ExitCode.DONE;
    }
    List<JsonObject> peers = new ArrayList<>();
    session.run("peers", JsonObject.EMPTY, display.reporter(peers::add));
    if (peers.isEmpty()) {
      display.remark("no peers; 'spindrift peer connect MULTIADDR' connects one");
      return ExitCode.DONE;
    }
    display.print(table(peers).render());
    return ExitCode.DONE;
  }

  private Table table(List<JsonObject> peers) {
    Table table =
        new Table()
            .column("PEER", Side.LEFT)
            .column("ADDRESS", Side.LEFT)
            .column("DIR", Side.LEFT)
            .column("RTT", Side.RIGHT)
            .column("IN/S", Side.RIGHT)
            .column("OUT/S", Side.RIGHT)
            .column("IN", Side.RIGHT)
            .column("OUT", Side.RIGHT)
            .column("BLOCKS", Side.RIGHT)
            .column("SCORE", Side.RIGHT)
            .column("AGENT", Side.LEFT);
    for (JsonObject peer : peers) {
      String id = Members.text(peer, "peer");
      String address = Members.text(peer, "address");
      String agent = Members.text(peer, "agent");
      table.row(
          wide ? id : id.substring(Math.max(0, id.length() - SHORT_ID)),
          wide ? address : brief(address),
          Members.text(peer, "direction").startsWith("in") ? "in" : "out",
          peer.find("roundTripMicros").isPresent()
              ? Amounts.micros(Members.whole(peer, "roundTripMicros"))
              : "-",
          Amounts.bytes(Members.whole(peer, "bytesPerSecondIn")),
          Amounts.bytes(Members.whole(peer, "bytesPerSecondOut")),
          Amounts.bytes(Members.whole(peer, "bytesIn")),
          Amounts.bytes(Members.whole(peer, "bytesOut")),
          Members.whole(peer, "blocksIn") + "/" + Members.whole(peer, "blocksOut"),
          Members.text(peer, "score"),
          Terminal.plain(wide ? agent : agent.replaceFirst("^([^/]*/[^/]*)/.*$", "$1")));
    }
    return table;
  }

  /** {@code 192.0.2.1:7746} for {@code /ip4/192.0.2.1/tcp/7746}. */
  private static String brief(String address) {
    return address
        .replaceFirst("^/(?:ip4|dns[46]?)/([^/]+)/tcp/(\\d+).*$", "$1:$2")
        .replaceFirst("^/ip6/([^/]+)/tcp/(\\d+).*$", "[$1]:$2");
  }
}
