package spindrift.node;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import spindrift.base.ConfigException;
import spindrift.base.FaultException;
import spindrift.base.JsonObject;
import spindrift.node.NodeConfig.Uploaders;

/** Nodes on free ports, and questions to them. */
final class TestNodes {
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /** Nobody listens. */
  static final Reporter SILENT =
      new Reporter() {
        @Override
        public void item(JsonObject item) {}

        @Override
        public void report(long done, long total, String what) {}
      };

  private TestNodes() {}

  /** Without peers or upstreams, on a free port. */
  private static NodeConfig alone() {
    try {
      return NodeConfig.defaults()
          .withListen("127.0.0.1:0")
          .withP2pListen(List.of(PeerSettings.NONE))
          .withMoreUpstreams(List.of(UpstreamSettings.NONE));
    } catch (ConfigException e) {
      throw new AssertionError(e);
    }
  }

  static NodeConfig config(Path data, String store, Uploaders uploads) {
    return alone().withData(data).withStore(store).withUploads(uploads);
  }

  static Node start(Path data, String store) throws IOException, FaultException {
    return Node.start(config(data, store, Uploaders.ANYBODY));
  }

  static int port(Node node) {
    return URI.create(node.url()).getPort();
  }

  static HttpResponse<byte[]> request(String method, String url)
      throws IOException, InterruptedException {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create(url))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build(),
        HttpResponse.BodyHandlers.ofByteArray());
  }

  static HttpResponse<byte[]> put(String url, byte[] body)
      throws IOException, InterruptedException {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create(url))
            .PUT(HttpRequest.BodyPublishers.ofByteArray(body))
            .build(),
        HttpResponse.BodyHandlers.ofByteArray());
  }

  /** Runs a command on the node of a data directory. */
  static JsonObject command(Path data, String command, JsonObject arguments)
      throws IOException, FaultException {
    return command(data, command, arguments, SILENT);
  }

  static JsonObject command(Path data, String command, JsonObject arguments, Reporter reporter)
      throws IOException, FaultException {
    try (ControlClient client = ControlClient.connect(data).orElseThrow()) {
      return client.run(command, arguments, reporter);
    }
  }

  /** Whether a peer has said which protocols it speaks: before, it is asked for nothing. */
  static boolean hasPeer(Path data) throws IOException, FaultException {
    List<JsonObject> peers = items(data, "peers", JsonObject.EMPTY);
    return !peers.isEmpty() && !peers.getFirst().items("protocols").isEmpty();
  }

  /** The items that a command gives on the node of a data directory. */
  static List<JsonObject> items(Path data, String command, JsonObject arguments)
      throws IOException, FaultException {
    List<JsonObject> items = new ArrayList<>();
    Reporter collector =
        new Reporter() {
          @Override
          public void item(JsonObject item) {
            items.add(item);
          }

          @Override
          public void report(long done, long total, String what) {}
        };
    command(data, command, arguments, collector);
    return items;
  }
}
