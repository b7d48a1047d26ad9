package spindrift.node;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The Nix on the search path, asked for what it has for its settings. */
final class NixProgram {
  private static final int MAX_BYTES = 1 << 20;
  private static final long PATIENCE_SECONDS = 10;

  private final Map<String, String> environment;

  NixProgram(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /** All settings by name; empty where there is no Nix, or one that does not say. */
  Optional<Map<String, String>> settings() {
    // The second is the name until Nix 2.20.
    return settings("config", "show").or(() -> settings("show-config"));
  }

  private Optional<Map<String, String>> settings(String... command) {
    return run(command)
        .map(NixProgram::parse)
        .filter(settings -> settings.containsKey("substituters"));
  }

  private static Map<String, String> parse(String text) {
    Map<String, String> settings = new HashMap<>();
    for (String line : text.split("\n", -1)) {
      int sign = line.indexOf(" = ");
      if (sign > 0) {
        settings.put(line.substring(0, sign), line.substring(sign + 3).strip());
      } else if (line.endsWith(" =")) {
        settings.put(line.substring(0, line.length() - 2), "");
      }
    }
    return settings;
  }

  private Optional<String> run(String... arguments) {
    List<String> command =
        new java.util.ArrayList<>(List.of("nix", "--extra-experimental-features", "nix-command"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().clear();
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      Thread reaper =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                        process.destroyForcibly();
                      }
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                  });
      try (InputStream out = process.getInputStream()) {
        String said = new String(out.readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
        reaper.join();
        return process.exitValue() == 0 ? Optional.of(said) : Optional.empty();
      }
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
