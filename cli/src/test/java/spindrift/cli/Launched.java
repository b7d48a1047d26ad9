package spindrift.cli;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The program in a process of its own. */
final class Launched {
  private Launched() {}

  /** Not started yet. */
  static ProcessBuilder spindrift(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("-cp", classPath()));
    command.add(Main.class.getName());
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command);
  }

  /** Without what tests bring along: a library logs differently when it finds SLF4J. */
  private static String classPath() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> !entry.contains("slf4j"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** Waits for the line that a node prints when it serves. */
  static String readyLine(BufferedReader out) throws IOException {
    String line = out.readLine();
    if (line == null || !line.startsWith("ready ")) {
      throw new AssertionError("not ready: " + line);
    }
    return line;
  }
}
