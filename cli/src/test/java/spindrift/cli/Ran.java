package spindrift.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.Json;
import spindrift.base.JsonObject;

/** What a command that ran in this process said. */
record Ran(int status, Bytes out, String err) {
  static Ran spindrift(String... arguments) {
    return withInput("", arguments);
  }

  static Ran spindrift(List<String> arguments) {
    return spindrift(arguments.toArray(String[]::new));
  }

  static Ran withInput(String input, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal =
        new Terminal(
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
            new PrintStream(out, false, StandardCharsets.UTF_8),
            new PrintStream(err, false, StandardCharsets.UTF_8),
            Terminal.Screen.NONE,
            Map.of());
    int status = new Program(terminal).run(arguments);
    terminal.flush();
    return new Ran(status, Bytes.owning(out.toByteArray()), err.toString(StandardCharsets.UTF_8));
  }

  String text() {
    return out.display();
  }

  JsonObject json() throws FaultException {
    return Json.parseObject(out);
  }

  /** Fails the test unless the command succeeded and had nothing to remark. */
  Ran expectSuccess() {
    if (status != 0 || !err.isEmpty()) {
      throw new AssertionError("status " + status + ": " + err + text());
    }
    return this;
  }
}
