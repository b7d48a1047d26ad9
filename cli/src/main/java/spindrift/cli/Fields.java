package spindrift.cli;

import java.util.ArrayList;
import java.util.List;

/** Names and values, one a line, the values below each other. For one thread. */
final class Fields {
  private final List<String[]> rows = new ArrayList<>();

  /** Adds a line unless the value is empty. */
  Fields add(String name, String value) {
    if (!value.isEmpty()) {
      rows.add(new String[] {name, value});
    }
    return this;
  }

  /** Adds a line for each value, the name in front of the first. */
  Fields add(String name, List<String> values) {
    String first = name;
    for (String value : values) {
      rows.add(new String[] {first, value});
      first = "";
    }
    return this;
  }

  /** The lines, each after {@code indent}. */
  String render(String indent) {
    int width = rows.stream().mapToInt(row -> row[0].length()).max().orElse(0);
    StringBuilder text = new StringBuilder();
    for (String[] row : rows) {
      text.append(text.isEmpty() ? "" : "\n")
          .append(indent)
          .append(row[0])
          .repeat(' ', width - row[0].length() + 2)
          .append(row[1]);
    }
    return text.toString();
  }
}
