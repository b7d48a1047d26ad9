package spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LogQueueTest {
  @Test
  void whoLogsNeverWaitsForWhoReads() throws Exception {
    try (PipedInputStream unread = new PipedInputStream(64);
        PrintStream out =
            new PrintStream(new PipedOutputStream(unread), true, StandardCharsets.UTF_8)) {
      LogQueue queue = LogQueue.start(out);
      for (int i = 0; i < 5 * LogQueue.MAX_LINES; i++) {
        queue.println("line " + i);
      }
      queue.flush(); // gives up
      BufferedReader said =
          new BufferedReader(new InputStreamReader(unread, StandardCharsets.UTF_8));
      assertThat(said.readLine()).isEqualTo("line 0");
      String line = said.readLine();
      while (line.startsWith("line ")) {
        line = said.readLine();
      }
      assertThat(line).matches("\\S+ warn left-out lines=\\d{4}");
      queue.println("again");
      assertThat(said.readLine()).isEqualTo("again");
    }
  }
}
