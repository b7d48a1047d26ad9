package spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

class LogLinesTest {
  @Test
  void anEventIsALineOfTimeLevelAndMessage() {
    LogRecord record = new LogRecord(Level.INFO, "started http={0}");
    record.setParameters(new Object[] {"http://127.0.0.1:1"});
    assertThat(LogLines.line(record))
        .matches("\\d\\d:\\d\\d:\\d\\d info started http=http://127\\.0\\.0\\.1:1");
  }

  @Test
  void aCauseIsOnTheSameLine() {
    LogRecord record = new LogRecord(Level.WARNING, "accept failed");
    record.setThrown(new IOException("too\nmany"));
    assertThat(LogLines.line(record))
        .endsWith(" warn accept failed cause=java.io.IOException: too; many");
  }

  @Test
  void errorsAndDetailsHaveShortNames() {
    assertThat(LogLines.line(new LogRecord(Level.SEVERE, "x"))).endsWith(" error x");
    assertThat(LogLines.line(new LogRecord(Level.FINE, "x"))).endsWith(" debug x");
  }
}
