package spindrift.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import spindrift.base.AbsentException;
import spindrift.base.ConfigException;
import spindrift.base.FaultException;
import spindrift.base.JsonObject;
import spindrift.nix.NarInfo;
import spindrift.nix.PathInfo;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.node.ControlClient;
import spindrift.node.Operations;
import spindrift.node.Reporter;
import spindrift.realise.ObjectSource;

/** What a running node has and can get, asked over its control socket. */
final class NodeObjects implements ObjectSource {
  private final Path data;
  private final Ahead ahead;

  /**
   * @param data the data directory that a node runs on
   * @param ahead what the node fetches for whoever asks for a narinfo
   */
  NodeObjects(Path data, Ahead ahead) {
    this.data = data;
    this.ahead = ahead;
  }

  /** What is fetched before it is asked for. */
  enum Ahead {
    /** The NARs of narinfos come unchecked, or not at all. */
    NOTHING,
    /** NARs, checked. */
    NARS
  }

  /** Fails unless a node runs there. */
  static void requireNode(Path data) throws IOException, FaultException {
    try (ControlClient client =
        ControlClient.connect(data)
            .orElseThrow(
                () ->
                    new ConfigException(
                        "no node runs on " + data + "; 'spindrift up' starts one"))) {
      client.run("status", JsonObject.EMPTY, NoReporter.NONE);
    }
  }

  private ControlClient connect() throws IOException, FaultException {
    return ControlClient.connect(data).orElseThrow(() -> new IOException("the node has stopped"));
  }

  @Override
  public Map<StorePath, PathInfo> infos(Collection<StorePath> paths)
      throws IOException, FaultException {
    Map<StorePath, PathInfo> infos = new HashMap<>();
    for (PathInfo info : ask(paths.stream().map(StorePath::hashPart).toList())) {
      // One with another name is another path.
      if (paths.contains(info.path())) {
        infos.put(info.path(), info);
      }
    }
    return infos;
  }

  /** The path that has this hash part. */
  Optional<PathInfo> byHashPart(String hashPart) throws IOException, FaultException {
    return ask(List.of(hashPart)).stream()
        .filter(info -> info.path().hashPart().equals(hashPart))
        .findFirst();
  }

  private List<PathInfo> ask(List<String> hashParts) throws IOException, FaultException {
    List<String> texts = new ArrayList<>();
    try (ControlClient node = connect()) {
      node.run(
          "narinfos",
          JsonObject.of("paths", hashParts, Operations.ALONE, ahead == Ahead.NOTHING),
          new Texts(texts));
    }
    List<PathInfo> infos = new ArrayList<>();
    for (String text : texts) {
      infos.add(NarInfo.parse(StoreDir.DEFAULT, text).pathInfo());
    }
    return infos;
  }

  /** Collects narinfos. */
  private record Texts(List<String> texts) implements Reporter {
    @Override
    public void item(JsonObject item) {
      texts.add(Members.text(item, "narInfo"));
    }

    @Override
    public void report(long done, long total, String what) {}
  }

  @Override
  public Nar nar(PathInfo info, Form form) throws IOException, FaultException {
    ControlClient node = connect();
    boolean begun = false;
    try {
      JsonObject argument =
          JsonObject.of(
              "path",
              info.path().in(StoreDir.DEFAULT),
              Operations.UNCHECKED,
              form == Form.UNCHECKED);
      JsonObject description = node.run(Operations.DELIVER, argument, NoReporter.NONE);
      if (description.whole("narSize") != info.narSize()) {
        throw new AbsentException("the node no longer has the same " + info.path());
      }
      begun = true;
      return new Delivery(node, node.delivered());
    } finally {
      if (!begun) {
        node.close();
      }
    }
  }

  /** A NAR over a connection of its own. */
  private record Delivery(ControlClient node, ControlClient.Delivered nar) implements Nar {
    @Override
    public InputStream bytes() {
      return nar.bytes();
    }

    @Override
    public long localBytes() {
      return nar.localBytes();
    }

    @Override
    public void close() throws IOException {
      try (node) {
        nar.bytes().close();
      }
    }
  }
}
