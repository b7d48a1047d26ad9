package spindrift.blocks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.LimitExceededException;
import spindrift.ipld.Cid;

class PinsTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000);
  private static final DiskOptions OPTIONS =
      new DiskOptions(1 << 20, 60, Clock.fixed(NOW, ZoneOffset.UTC));

  @TempDir Path directory;

  @Test
  void pinsAreKeptWithTheirLabelsAndTimes() throws Exception {
    Cid root = Dags.leaf(1, 10).cid();
    try (DiskBlockStore store = DiskBlockStore.open(directory, OPTIONS)) {
      store.pins().add(root, "office");
      store.pins().add(root, "office");
      store.pins().add(root, "größer");
    }
    try (DiskBlockStore store = DiskBlockStore.open(directory, OPTIONS)) {
      assertThat(store.pins().list())
          .containsExactlyInAnyOrder(new Pin(root, "office", NOW), new Pin(root, "größer", NOW));
      assertThat(store.pins().remove(root, "office")).isTrue();
      assertThat(store.pins().remove(root, "office")).isFalse();
      assertThat(store.pins().list()).hasSize(1);
    }
  }

  @Test
  void survivesTheLossOfTheIndex() throws Exception {
    Cid root = Cid.v0(Dags.leaf(1, 10).cid().hash());
    try (DiskBlockStore store = DiskBlockStore.open(directory, OPTIONS)) {
      store.pins().add(root, "old");
    }
    try (DiskBlockStore store = DiskBlockStore.rebuild(directory, OPTIONS)) {
      assertThat(store.pins().list()).containsExactly(new Pin(root, "old", NOW));
    }
  }

  @Test
  void refusesALabelThatIsTooLong() throws Exception {
    try (DiskBlockStore store = DiskBlockStore.open(directory, OPTIONS)) {
      assertThatThrownBy(() -> store.pins().add(Dags.leaf(1, 1).cid(), "x".repeat(257)))
          .isInstanceOf(LimitExceededException.class);
    }
  }

  @Test
  void aDamagedFileOfPinsIsNotThrownAway() throws Exception {
    Files.writeString(directory.resolve("pins.db"), "no database, though it is rather long");

    assertThatThrownBy(() -> DiskBlockStore.open(directory, OPTIONS))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("pins.db");
    assertThat(Files.readString(directory.resolve("pins.db"))).startsWith("no database");
  }
}
