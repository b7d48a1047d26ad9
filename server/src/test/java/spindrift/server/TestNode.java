package spindrift.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import spindrift.base.Bytes;
import spindrift.blocks.DiskBlockStore;
import spindrift.blocks.DiskOptions;
import spindrift.catalog.BinaryCache;
import spindrift.catalog.Catalog;
import spindrift.catalog.Uploads;
import spindrift.nix.StoreDir;
import spindrift.substitute.HashedFiles;
import spindrift.substitute.Substituter;

/** A node without a Nix store: a real catalog and real blocks, served over HTTP. */
final class TestNode implements AutoCloseable {
  final Catalog catalog;
  final DiskBlockStore blocks;
  final HttpServer server;
  final AtomicInteger accepted = new AtomicInteger();

  private TestNode(Catalog catalog, DiskBlockStore blocks, Optional<String> token) {
    this.catalog = catalog;
    this.blocks = blocks;
    BinaryCache cache = new BinaryCache(catalog, blocks, Optional.empty(), Optional.empty());
    NodeHandler handler =
        new NodeHandler(
            new NodeHandler.Services(
                Substituter.local(cache),
                cache,
                new Uploads(catalog, blocks, cache::isPresent),
                catalog.documents(),
                HashedFiles.here(cache, blocks),
                blocks,
                StoreDir.DEFAULT,
                token,
                accepted::incrementAndGet));
    this.server = HttpServer.start(HttpSettings.loopback(0), handler);
  }

  /** Anybody may write to it. */
  static TestNode open(Path directory) throws IOException {
    return open(directory, Optional.empty());
  }

  static TestNode open(Path directory, Optional<String> token) throws IOException {
    Catalog catalog = Catalog.open(directory, StoreDir.DEFAULT);
    return new TestNode(
        catalog, DiskBlockStore.open(directory.resolve("blocks"), DiskOptions.DEFAULTS), token);
  }

  RawClient client() throws IOException {
    return new RawClient(server);
  }

  RawClient.Answer get(String path, String... fields) throws IOException {
    try (RawClient client = client()) {
      return client.get(path, fields);
    }
  }

  RawClient.Answer head(String path) throws IOException {
    try (RawClient client = client()) {
      return client.request("HEAD", path);
    }
  }

  RawClient.Answer put(String path, Bytes body, String... fields) throws IOException {
    try (RawClient client = client()) {
      return client.put(path, body, fields);
    }
  }

  RawClient.Answer put(String path, String body) throws IOException {
    return put(path, Bytes.utf8(body));
  }

  /** Pushes as Nix does: the NAR, then the narinfo. */
  void push(TestObject object) throws IOException {
    require(put("/" + object.url(), object.nar()));
    require(put("/" + object.hashPart() + ".narinfo", object.narInfo()));
  }

  private static void require(RawClient.Answer answer) {
    if (answer.status() != 200) {
      throw new AssertionError(answer.head() + answer.text());
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    blocks.close();
    catalog.close();
  }
}
