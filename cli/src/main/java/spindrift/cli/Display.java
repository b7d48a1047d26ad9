package spindrift.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import spindrift.base.FaultException;
import spindrift.base.Json;
import spindrift.base.JsonObject;
import spindrift.base.JsonValue;
import spindrift.node.Reporter;

/**
 * What a command shows: results on standard output, progress and remarks on standard error without
 * getting in each other's way. Safe for use by several threads.
 */
final class Display implements AutoCloseable {
  private final Terminal terminal;
  private final ProgressLine progress;

  Display(Terminal terminal) {
    this.terminal = terminal;
    this.progress = new ProgressLine(terminal.err());
  }

  /** Work is at {@code done} of {@code total} bytes. */
  void progress(long done, long total, String what) {
    if (terminal.isLive()) {
      progress.report(done, total, what);
    }
  }

  /** A line of the result. */
  synchronized void print(String line) {
    progress.clear();
    terminal.out().println(line);
  }

  /** A JSON document as the result. */
  void print(JsonValue document) {
    print(Json.renderPretty(document));
  }

  /** A remark beside the result. */
  synchronized void remark(String line) {
    progress.clear();
    terminal.out().flush();
    terminal.err().println("spindrift: " + line);
  }

  /** Shows progress, and hands items to {@code items} one at a time. */
  Reporter reporter(Consumer<JsonObject> items) {
    return new Reporter() {
      @Override
      public void item(JsonObject item) {
        synchronized (Display.this) {
          items.accept(item);
        }
      }

      @Override
      public void report(long done, long total, String what) {
        progress(done, total, what);
      }
    };
  }

  /** Work whose items become one JSON document: {@code {"items": […], …}}. */
  interface ItemWork {
    /** Does the work and returns the members that stand behind the items. */
    JsonObject run(Reporter reporter) throws Exception;
  }

  /**
   * Prints the items of some work as one JSON document, also of work that failed after the first
   * item; then it has a member {@code error}. Returns what the work returned.
   */
  JsonObject printItems(ItemWork work) throws Exception {
    List<JsonObject> items = new ArrayList<>();
    try {
      JsonObject result = work.run(reporter(items::add));
      print(document(items, result));
      return result;
    } catch (FaultException e) {
      if (!items.isEmpty()) {
        JsonObject error = JsonObject.of("fault", e.fault().name(), "message", e.getMessage());
        print(document(items, JsonObject.of("error", error)));
      }
      throw e;
    }
  }

  private static JsonObject document(List<JsonObject> items, JsonObject rest) {
    JsonObject.Builder document = JsonObject.builder().put("items", items);
    rest.members().forEach(document::put);
    return document.build();
  }

  /** Takes the progress line away. */
  void clear() {
    progress.clear();
    terminal.flush();
  }

  @Override
  public void close() {
    clear();
  }
}
