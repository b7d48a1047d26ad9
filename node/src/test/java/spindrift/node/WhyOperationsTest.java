package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Json;
import spindrift.base.JsonObject;
import spindrift.base.JsonValue;
import spindrift.nix.StorePath;
import spindrift.substitute.History;
import spindrift.substitute.KeptHistory;
import spindrift.substitute.LookupReport;
import spindrift.substitute.Substituter;
import spindrift.substitute.Transfer;

/** A path can be looked up at once, by whoever looks paths up in this node. */
final class WhyOperationsTest {
  private static final StorePath PATH = new StorePath("a".repeat(32), "object");

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void looksUpNow(boolean isRemembered) throws Exception {
    NodeConfig config = TestNodes.config(folder, "none", NodeConfig.Uploaders.WITH_TOKEN);
    List<String> asked = new ArrayList<>();
    try (DataDirectory data = DataDirectory.open(config);
        KeptHistory history = KeptHistory.open(folder.resolve("h.db"))) {
      history.lookedUp(report("absent"));
      Operations.LookUp lookUp =
          hashPart -> {
            asked.add(hashPart);
            LookupReport fresh = report("accepted");
            if (isRemembered) {
              history.lookedUp(fresh);
            }
            return fresh;
          };
      Operations operations =
          new Operations(
              data, OptionalLong.empty(), Optional.of(new Fake(history, Optional.of(lookUp))));
      List<JsonObject> items = new ArrayList<>();
      operations.run("why", arguments(), collecting(items));
      assertThat(asked).containsExactly(PATH.hashPart());
      assertThat(items).hasSize(1);
      List<String> outcomes = new ArrayList<>();
      for (JsonValue lookedUp : items.getFirst().items("lookUps")) {
        outcomes.add(Json.asObject(lookedUp).text("outcome"));
      }
      assertThat(outcomes).containsExactly("accepted", "absent");
      assertThat(items.getFirst().text("path")).isEqualTo("/nix/store/" + PATH.baseName());
    }
  }

  @Test
  void aNodeKeepsItsHistory() throws Exception {
    NodeConfig config = TestNodes.config(folder, "none", NodeConfig.Uploaders.WITH_TOKEN);
    Node.start(config).close();
    assertThat(folder.resolve(WhyOperations.FILE)).exists();
  }

  private static JsonObject arguments() {
    return JsonObject.of("paths", List.of(PATH.hashPart()), "now", true);
  }

  private static LookupReport report(String outcome) {
    return new LookupReport(
        PATH.hashPart(),
        Optional.of(PATH),
        Instant.now(),
        Duration.ofMillis(1),
        List.of(),
        outcome,
        List.of());
  }

  private static Reporter collecting(List<JsonObject> items) {
    return new Reporter() {
      @Override
      public void item(JsonObject item) {
        items.add(item);
      }

      @Override
      public void report(long done, long total, String what) {
        // Nobody watches.
      }
    };
  }

  private record Fake(History history, Optional<Operations.LookUp> lookUp)
      implements Operations.Running {
    @Override
    public Optional<MountService> mounts() {
      return Optional.empty();
    }

    @Override
    public JsonObject describe() {
      return JsonObject.EMPTY;
    }

    @Override
    public List<Transfer> transfers() {
      return List.of();
    }

    @Override
    public Optional<PeerNetwork> network() {
      return Optional.empty();
    }

    @Override
    public Substituter substituter() {
      throw new IllegalStateException("nothing is fetched");
    }
  }
}
