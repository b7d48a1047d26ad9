package spindrift.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.SecretKey;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

final class RememberedInfosTest {
  private static final SecretKey KEY = SecretKey.generate("test-1");

  @TempDir Path directory;
  private Database database;

  @BeforeEach
  void open() throws IOException {
    database = Database.open(directory.resolve("catalog.db"));
  }

  @AfterEach
  void close() throws IOException {
    database.close();
  }

  private RememberedInfos infos(int maxEntries) {
    return new RememberedInfos(database, database, StoreDir.DEFAULT, maxEntries);
  }

  private static NarInfo info(int number) {
    NarInfo info =
        NarInfo.of(
            PathInfo.of(
                new StorePath("%032d".formatted(number), "object-" + number),
                NixHash.sha256Of(Bytes.utf8("nar " + number)),
                number + 1L,
                List.of()));
    return info.withSignature(KEY.sign(info.fingerprint(StoreDir.DEFAULT)));
  }

  private static Optional<NarInfo> find(RememberedInfos infos, int number) throws IOException {
    return infos.find(info(number).path().hashPart());
  }

  @Test
  void whatWasPutIsFoundAtOnceAndAfterARestart() throws IOException {
    try (RememberedInfos infos = infos(10)) {
      assertThat(find(infos, 1)).isEmpty();
      infos.put(info(1));
      assertThat(find(infos, 1).orElseThrow().signatures()).isEqualTo(info(1).signatures());
    }
    try (RememberedInfos infos = infos(10)) {
      assertThat(find(infos, 1).orElseThrow().narHash()).isEqualTo(info(1).narHash());
    }
  }

  @Test
  void thoseBeyondTheLimitAreForgotten() throws IOException {
    try (RememberedInfos infos = infos(3)) {
      for (int i = 1; i <= 3; i++) {
        infos.put(info(i));
      }
      infos.flush();
      for (int i = 4; i <= 6; i++) {
        infos.put(info(i));
      }
      infos.flush();
      long left = 0;
      for (int i = 1; i <= 6; i++) {
        left += find(infos, i).stream().count();
      }
      assertThat(left).isEqualTo(3);
    }
  }

  @Test
  void unsignedOnesAreNotKept() throws IOException {
    try (RememberedInfos infos = infos(10)) {
      infos.put(info(1).withSignatureLines(List.of()));
      assertThat(find(infos, 1)).isEmpty();
    }
  }

  @Test
  void keptDocumentsAreBoundedByTheirBytes() throws IOException {
    KeptDocuments kept = new KeptDocuments(database, 4000);
    for (int i = 0; i < 10; i++) {
      kept.put("log/" + i, Bytes.owning(new byte[900]));
    }
    long bytes = 0;
    for (int i = 0; i < 10; i++) {
      bytes += kept.find("log/" + i).map(Bytes::size).orElse(0);
    }
    assertThat(bytes).isEqualTo(3600);
    kept.put("log/large", Bytes.owning(new byte[2000]));
    assertThat(kept.find("log/large")).isEmpty();
    kept.put("log/9", Bytes.utf8("changed"));
    assertThat(kept.find("log/9")).contains(Bytes.utf8("changed"));
  }
}
