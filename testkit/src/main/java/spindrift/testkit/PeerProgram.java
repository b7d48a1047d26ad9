package spindrift.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A program by others that speaks libp2p and Bitswap, for tests to run against a node.
 *
 * <p>{@code tools/peers.sh install} gets what can be had on this machine. As with {@link RealNix},
 * a test takes all {@link #candidates()} as its parameters and skips those that are {@link
 * #missing()}.
 */
public enum PeerProgram {
  /** JavaScript's IPFS. */
  HELIA {
    @Override
    public Optional<String> missing() {
      if (Places.program("node").isEmpty()) {
        return Optional.of("no node on PATH");
      }
      return Files.isDirectory(folder().resolve("node_modules"))
          ? Optional.empty()
          : notInstalled();
    }

    @Override
    List<String> command() {
      Path polyfill = folder().resolve("node20-polyfill.mjs");
      Path script = folder().resolve("peer.mjs");
      return List.of("node", "--import", polyfill.toString(), script.toString());
    }
  },

  /** Kubo's libraries, go-libp2p and boxo, in a small program of our own. */
  BOXO {
    @Override
    public Optional<String> missing() {
      return Files.isExecutable(program()) ? Optional.empty() : notInstalled();
    }

    @Override
    public boolean hasBuzhash() {
      return true;
    }

    @Override
    List<String> command() {
      return List.of(program().toString());
    }

    private Path program() {
      return folder().resolve("boxo-peer");
    }
  },

  /** Kubo itself. */
  KUBO {
    @Override
    public Optional<String> missing() {
      return program().isPresent() ? Optional.empty() : notInstalled();
    }

    @Override
    public boolean hasBuzhash() {
      return true;
    }

    @Override
    public OtherPeer start(PeerSettings settings) throws IOException {
      Files.createDirectories(settings.scratch());
      return KuboPeer.start(program().orElseThrow(), settings);
    }

    @Override
    List<String> command() {
      return List.of();
    }

    private static Optional<Path> program() {
      return Places.program("ipfs")
          .or(
              () ->
                  Optional.of(Places.find("KUBO", "kubo").resolve("ipfs"))
                      .filter(Files::isExecutable));
    }
  };

  /** Those that can be told a little more, see {@link ScriptedPeer}. */
  public static final List<PeerProgram> SCRIPTED = List.of(HELIA, BOXO);

  /** All of them, those included that are not installed. */
  public static List<PeerProgram> candidates() {
    return List.of(values());
  }

  /** Why it cannot be run here, with the remedy; empty where it can. */
  public abstract Optional<String> missing();

  /** Whether it can cut by content as Kubo does. */
  public boolean hasBuzhash() {
    return false;
  }

  /** Starts a peer on loopback that speaks Noise; the caller closes it. */
  public OtherPeer start(Path scratch) throws IOException {
    return start(PeerSettings.in(scratch));
  }

  /** Starts a peer; it listens when this returns. The caller closes it. */
  public OtherPeer start(PeerSettings settings) throws IOException {
    return ScriptedPeer.start(this, settings);
  }

  /** What starts it, where it is one of {@link #SCRIPTED}. */
  abstract List<String> command();

  Path folder() {
    return Places.tools().resolve(toString());
  }

  Optional<String> notInstalled() {
    return Optional.of(this + " is not installed: tools/peers.sh install " + this + " says why");
  }

  /** The name in test reports. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
