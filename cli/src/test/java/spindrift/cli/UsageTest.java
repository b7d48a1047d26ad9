package spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class UsageTest {
  private static Stream<List<String>> commands() {
    Terminal terminal =
        new Terminal(System.in, System.out, System.err, Terminal.Screen.NONE, Map.of());
    List<List<String>> commands = new ArrayList<>();
    collect(new Program(terminal).commandLine(), List.of(), commands);
    return commands.stream().filter(command -> !command.equals(List.of("help")));
  }

  private static void collect(CommandLine line, List<String> path, List<List<String>> commands) {
    commands.add(path);
    line.getSubcommands()
        .forEach(
            (name, command) -> {
              List<String> inner = new ArrayList<>(path);
              inner.add(name);
              collect(command, inner, commands);
            });
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandHasHelpWithAnExample(List<String> command) {
    List<String> arguments = new ArrayList<>(command);
    arguments.add("--help");
    String help = Ran.spindrift(arguments).expectSuccess().text();
    assertThat(help)
        .startsWith("Usage: spindrift")
        .containsPattern("Examples?:")
        .contains("--help");
    assertThat(help.lines()).allMatch(line -> line.length() <= 80);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandSaysWhichOptionItDoesNotKnow(List<String> command) {
    List<String> arguments = new ArrayList<>(command);
    arguments.add("--no-such-option");
    Ran ran = Ran.spindrift(arguments);
    assertThat(ran.status()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).startsWith("spindrift: ").contains("--help'").hasLineCount(1);
    assertThat(ran.text()).isEmpty();
  }

  @Test
  void helpOfACommandIsTheSameEitherWay() {
    assertThat(Ran.spindrift("help", "get").expectSuccess().out())
        .isEqualTo(Ran.spindrift("get", "--help").out());
  }

  @Test
  void suggestsTheCommandThatWasMeant() {
    Ran ran = Ran.spindrift("ad", "/nix/store/x");
    assertThat(ran.status()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err())
        .isEqualTo("spindrift: unknown command 'ad'; did you mean 'add'? See 'spindrift --help'\n");
  }

  @Test
  void helpIsThereForCommandsOnly() {
    Ran ran = Ran.spindrift("help", "ad");
    assertThat(ran.status()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).startsWith("spindrift: unknown command 'ad'").hasLineCount(1);
  }

  @Test
  void withoutACommandSaysHowToBegin() {
    Ran ran = Ran.spindrift();
    assertThat(ran.status()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).contains("'spindrift up'").hasLineCount(1);
  }

  @Test
  void showsItsVersion() {
    assertThat(Ran.spindrift("--version").expectSuccess().text()).startsWith("spindrift ");
  }

  @Test
  void doesNotShowTheRehearsal() {
    assertThat(Ran.spindrift("--help").text()).doesNotContain("rehearse");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "add",
        "get",
        "info",
        "pin",
        "unpin",
        "key generate",
        "share",
        "unshare",
        "peer connect",
        "peer disconnect",
        "peer ban"
      })
  void saysWhichArgumentIsMissing(String command) {
    Ran ran = Ran.spindrift(command.split(" "));
    assertThat(ran.status()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).startsWith("spindrift: missing").hasLineCount(1);
  }

  @Test
  void aPathGoesToOnePlaceOnly() {
    Ran ran = Ran.spindrift("get", "x", "--to", "a", "--nar", "b");
    assertThat(ran.status()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).contains("--to", "--nar").hasLineCount(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--listen nonsense",
        "--listen 127.0.0.1:70000",
        "--quota much",
        "--config /nonexistent.toml",
        "--store /nonexistent/store",
        "--sign-key /nonexistent/key",
        "--p2p-listen 0.0.0.0:7746",
        "--peer nonsense",
        "--trusted-key name:nonsense",
        "--share-key nonsense",
        "--upload-limit much"
      })
  void upRefusesWrongSettings(String setting, @TempDir Path folder) {
    List<String> arguments = new ArrayList<>(List.of("up", "--data", folder + "/data"));
    if (!setting.startsWith("--store")) {
      arguments.addAll(List.of("--store", "none"));
    }
    arguments.addAll(List.of(setting.split(" ")));
    Ran ran = Ran.spindrift(arguments);
    assertThat(ran.status()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).startsWith("spindrift: ").hasLineCount(1);
    assertThat(ran.text()).isEmpty();
  }

  @Test
  void aConfigurationFileCountsLessThanOptions(@TempDir Path folder) throws Exception {
    Path config = folder.resolve("node.toml");
    Files.writeString(config, "data = \"of-file\"\nstore = \"none\"\n");
    Ran ofFile = Ran.spindrift("status", "--config", config.toString());
    assertThat(ofFile.err()).contains(folder.resolve("of-file").toString());
    Ran ofOption =
        Ran.spindrift("status", "--config", config.toString(), "--data", folder + "/of-option");
    assertThat(ofOption.err()).contains(folder.resolve("of-option").toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"status", "ls", "verify", "gc", "info x", "get x", "pin x"})
  void aNewDataDirectoryIsNotMadeByMistake(String command, @TempDir Path folder) {
    Path data = folder.resolve("mistyped");
    List<String> arguments = new ArrayList<>(List.of(command.split(" ")));
    arguments.addAll(List.of("--store", "none", "--data", data.toString()));
    Ran ran = Ran.spindrift(arguments);
    assertThat(ran.status()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).contains("no such folder", "spindrift add").hasLineCount(1);
    assertThat(data).doesNotExist();
  }

  @Test
  void showsWhereItFailedOnlyWhenAskedTo(@TempDir Path folder) {
    String[] plain = {"status", "--data", folder + "/none"};
    assertThat(Ran.spindrift(plain).err()).doesNotContain("\tat ");
    String[] debug = {"status", "--debug", "--data", folder + "/none"};
    assertThat(Ran.spindrift(debug).err()).contains("\tat spindrift.cli");
  }
}
