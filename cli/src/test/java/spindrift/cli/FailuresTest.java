package spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import spindrift.base.AbsentException;
import spindrift.base.ConfigException;
import spindrift.base.Fault;
import spindrift.base.IntegrityException;
import spindrift.base.RefusedException;

class FailuresTest {
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int report(Throwable failure, Map<String, String> environment) {
    PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    Terminal terminal =
        new Terminal(
            InputStream.nullInputStream(), stream, stream, Terminal.Screen.NONE, environment);
    return new Failures(terminal).report(failure);
  }

  private int report(Throwable failure) {
    return report(failure, Map.of());
  }

  private String said() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource({
    "ABSENT, 3",
    "CONFIG, 2",
    "MALFORMED, 1",
    "INTEGRITY, 1",
    "PROTOCOL, 1",
    "LIMIT, 1",
    "REFUSED, 1"
  })
  void eachFaultHasItsExitCode(Fault fault, int code) {
    assertThat(ExitCode.of(fault)).isEqualTo(code);
  }

  @Test
  void faultsAreSaidAsTheyAre() {
    assertThat(report(new AbsentException("x is not here"))).isEqualTo(ExitCode.ABSENT);
    assertThat(report(new ConfigException("y is wrong"))).isEqualTo(ExitCode.USAGE);
    assertThat(report(new RefusedException("no"))).isEqualTo(ExitCode.FAILED);
    assertThat(said())
        .isEqualTo("spindrift: x is not here\nspindrift: y is wrong\nspindrift: no\n");
  }

  @Test
  void aFaultBehindAnotherExceptionDecides() {
    Exception fault = new AbsentException("gone");
    assertThat(report(new IOException("gone", fault))).isEqualTo(ExitCode.ABSENT);
    IntegrityException wrong = new IntegrityException("a", "b", "c");
    assertThat(report(new UncheckedIOException(new IOException(wrong.getMessage(), wrong))))
        .isEqualTo(ExitCode.FAILED);
    assertThat(said()).contains("c: expected a but got b");
  }

  @Test
  void problemsWithFilesAreSaidInWords() {
    report(new NoSuchFileException("/a"));
    report(new AccessDeniedException("/b"));
    report(new FileSystemException("/c", null, "No space left on device"));
    assertThat(said().lines())
        .containsExactly(
            "spindrift: /a: no such file or folder",
            "spindrift: /b: permission denied",
            "spindrift: /c: no space left on device");
  }

  @Test
  void messagesOfSeveralLinesBecomeOne() {
    report(new IOException("first\n  second\r\nthird\n"));
    assertThat(said()).isEqualTo("spindrift: first; second; third\n");
  }

  @Test
  void ourOwnMistakesAreCalledSo() {
    assertThat(report(new IllegalStateException("oops"))).isEqualTo(ExitCode.FAILED);
    assertThat(said()).contains("bug", "oops", "--debug").hasLineCount(1);
  }

  @Test
  void aVariableAsksForTheStackToo() {
    report(new IOException("oops"), Map.of("SPINDRIFT_DEBUG", "1"));
    assertThat(said()).contains("\tat spindrift.cli.FailuresTest");
  }
}
