package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.FaultException;
import spindrift.base.JsonObject;
import spindrift.testkit.NixClient;
import spindrift.testkit.RealNix;
import spindrift.testkit.Seeds;

/** A node that is killed keeps what it has acknowledged, and shows nothing by halves. */
final class KilledNodeTest {
  private static final int OBJECTS = 120;

  @TempDir(factory = InMemory.class)
  Path scratch;

  private final Random random = new Random();

  @Test
  void uploadsSurviveWithCollectionsBesideThem() throws Exception {
    Path data = scratch.resolve("data");
    List<Pushed> objects = new ArrayList<>();
    for (int i = 0; i < OBJECTS; i++) {
      objects.add(Pushed.object(i, 1000 + random.nextInt(400_000)));
    }
    Set<Pushed> acknowledged = ConcurrentHashMap.newKeySet();
    for (int kills = 0; kills < 5; kills++) {
      try (Victim node = Victim.start(data, "none")) {
        check(node.url(), objects, acknowledged);
        pushUntilKilled(node, data, objects, acknowledged);
      }
    }
    try (Victim node = Victim.start(data, "none")) {
      assertThat(acknowledged).isNotEmpty();
      check(node.url(), objects, acknowledged);
      assertThat(damaged(data)).isZero();
      for (Pushed object : objects) {
        assertThat(object.push(node.url())).isEqualTo(200);
      }
      TestNodes.command(data, "gc", JsonObject.EMPTY);
      check(node.url(), objects, Set.copyOf(objects));
      assertThat(damaged(data)).isZero();
    }
  }

  private void pushUntilKilled(
      Victim node, Path data, List<Pushed> objects, Set<Pushed> acknowledged) throws Exception {
    int before = acknowledged.size();
    CountDownLatch some = new CountDownLatch(1 + random.nextInt(15));
    AtomicBoolean killed = new AtomicBoolean();
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int client = 0; client < 3; client++) {
        int part = client;
        var _ =
            clients.submit(
                () -> {
                  for (int i = part; i < objects.size() && !killed.get(); i += 3) {
                    Pushed object = objects.get(i);
                    if (!acknowledged.contains(object) && object.push(node.url()) == 200) {
                      acknowledged.add(object);
                      some.countDown();
                    }
                  }
                  return true;
                });
      }
      var _ =
          clients.submit(
              () -> {
                while (!killed.get()) {
                  TestNodes.command(data, "gc", JsonObject.EMPTY);
                }
                return true;
              });
      assertThat(some.await(40, TimeUnit.SECONDS) || acknowledged.size() == OBJECTS)
          .as("uploads get on; %d before, %d now", before, acknowledged.size())
          .isTrue();
      LockSupport.parkNanos(random.nextInt(60_000_000));
      killed.set(true);
      node.kill();
    }
  }

  @Test
  void takingAStoreInGoesOnWhereItWasKilled() throws Exception {
    assumeThat(RealNix.newest()).as("a real Nix").isPresent();
    NixClient nix = RealNix.newest().orElseThrow().client(scratch.resolve("nix"));
    List<String> paths = addTrees(nix);
    Path data = scratch.resolve("data");
    for (int kills = 0; kills < 3; kills++) {
      try (Victim node = Victim.start(data, nix.root().toString())) {
        assertThat(damaged(data)).isZero();
        addUntilKilled(node, data, paths);
      }
    }
    try (Victim node = Victim.start(data, nix.root().toString())) {
      assertThat(node.url()).isNotEmpty();
      assertThat(damaged(data)).isZero();
      JsonObject added = TestNodes.command(data, "add", JsonObject.of("paths", paths));
      assertThat(added.whole("failed")).isZero();
      assertThat(added.whole("added") + added.whole("known")).isEqualTo(paths.size());
      assertThat(damaged(data)).isZero();
    }
  }

  private void addUntilKilled(Victim node, Path data, List<String> paths) throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    Reporter reporter =
        new Reporter() {
          @Override
          public void item(JsonObject item) {}

          @Override
          public void report(long done, long total, String what) {
            begun.countDown();
          }
        };
    try (ExecutorService client = Executors.newVirtualThreadPerTaskExecutor()) {
      var _ =
          client.submit(
              () -> {
                try {
                  return TestNodes.command(data, "add", JsonObject.of("paths", paths), reporter);
                } finally {
                  begun.countDown();
                }
              });
      assertThat(begun.await(40, TimeUnit.SECONDS)).isTrue();
      LockSupport.parkNanos(random.nextInt(150_000_000));
      node.kill();
    }
  }

  private List<String> addTrees(NixClient nix) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("--add"));
    for (int i = 0; i < 90; i++) {
      Path folder = Files.createDirectories(scratch.resolve("trees/tree-" + i));
      Files.write(folder.resolve("a"), Seeds.bytes(random, random.nextInt(500_000)).toArray());
      Files.writeString(folder.resolve("b"), "number " + i);
      arguments.add(folder.toString());
    }
    return nix.run("nix-store", arguments.toArray(String[]::new)).lines();
  }

  private static void check(String url, List<Pushed> objects, Set<Pushed> acknowledged)
      throws Exception {
    for (Pushed object : objects) {
      if (!object.isWhole(url)) {
        assertThat(acknowledged).as("%s", object.info().path()).doesNotContain(object);
      }
    }
  }

  private static long damaged(Path data) throws IOException, FaultException {
    return TestNodes.command(data, "verify", JsonObject.EMPTY).whole("damaged");
  }
}
