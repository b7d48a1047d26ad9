package spindrift.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/** The groups of this process's user, as the system's own {@code id} tells them. */
final class UserGroups {
  /** Ours: far more than anybody has. */
  private static final int MAX_BYTES = 1 << 16;

  private UserGroups() {}

  /** None where nobody tells. */
  static Set<String> ofProcess() {
    try {
      Process process =
          new ProcessBuilder(List.of("id", "-Gn"))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try (var out = process.getInputStream()) {
        String names = new String(out.readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
        return Set.of(names.strip().split("\\s+"));
      }
    } catch (IOException | IllegalArgumentException e) {
      return Set.of();
    }
  }
}
