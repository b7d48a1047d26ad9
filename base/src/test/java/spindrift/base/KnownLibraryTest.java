package spindrift.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KnownLibraryTest {
  private static final KnownLibrary LIBRARY = KnownLibrary.LIBCRYPTO;

  /** A machine whose loader does not find it. */
  private static final String HIDDEN = "libnosuchthing.so.3";

  @TempDir Path folder;

  private final List<String> asked = new ArrayList<>();

  @BeforeEach
  void needsNoSettings() {
    assumeTrue(System.getProperty(LIBRARY.property()) == null);
  }

  @AfterEach
  void forget() {
    KnownLibrary.lookAlso(_ -> List.of());
    System.clearProperty(LIBRARY.property());
  }

  private void offer(Path... files) {
    KnownLibrary.lookAlso(
        name -> {
          asked.add(name);
          return List.of(files);
        });
  }

  private static Optional<String> used(String name) {
    return LIBRARY.use(
        name,
        library -> {
          library.function("EVP_sha256", FunctionDescriptor.of(ValueLayout.ADDRESS));
          return library.name();
        });
  }

  private Path copy() throws IOException {
    for (String place : List.of("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu")) {
      Path file = Path.of(place, LIBRARY.file());
      if (Files.exists(file)) {
        return Files.copy(file, folder.resolve(LIBRARY.file()));
      }
    }
    assumeTrue(false, "no OpenSSL here");
    throw new AssertionError();
  }

  @Test
  void whatTheLoaderFindsIsLookedForNowhereElse() throws Exception {
    copy();
    offer();
    assertThat(used(LIBRARY.file())).hasValue(LIBRARY.file());
    assertThat(asked).isEmpty();
  }

  @Test
  void whatTheLoaderDoesNotFindIsTakenFromElsewhere() throws Exception {
    Path copy = copy();
    Path other = Files.writeString(folder.resolve("broken"), "none at all");
    offer(other, copy);
    assertThat(used(HIDDEN)).hasValue(copy.toString());
    assertThat(used(LIBRARY.file())).as("from then on").hasValue(copy.toString());
    assertThat(asked).containsExactly(LIBRARY.file());
    offer(other);
    assertThat(used(HIDDEN)).isEmpty();
  }

  @Test
  void whatIsSetIsUsedAlone() throws Exception {
    Path copy = copy();
    offer(copy);
    System.setProperty(LIBRARY.property(), SystemLibrary.NONE);
    assertThat(used(LIBRARY.file())).isEmpty();
    System.setProperty(LIBRARY.property(), folder.resolve("absent").toString());
    assertThat(used(LIBRARY.file())).isEmpty();
    System.setProperty(LIBRARY.property(), copy.toString());
    assertThat(used(HIDDEN)).hasValue(copy.toString());
    assertThat(asked).isEmpty();
  }

  @Test
  void whoFailsToLookDoesNoHarm() {
    KnownLibrary.lookAlso(
        _ -> {
          throw new IllegalStateException("broken");
        });
    assertThat(used(HIDDEN)).isEmpty();
  }
}
