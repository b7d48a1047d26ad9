package spindrift.cli;

import java.util.ArrayList;
import java.util.List;

/** Rows below headings, in columns that are as wide as they need to be. For one thread. */
final class Table {
  /** Which side of a column is straight. */
  enum Side {
    LEFT,
    RIGHT
  }

  private final List<String> headings = new ArrayList<>();
  private final List<Side> sides = new ArrayList<>();
  private final List<List<String>> rows = new ArrayList<>();

  /** Adds a column behind those that there are. */
  Table column(String heading, Side side) {
    headings.add(heading);
    sides.add(side);
    return this;
  }

  /** Adds a row with a cell for each column. */
  void row(String... cells) {
    if (cells.length != headings.size()) {
      throw new IllegalArgumentException(cells.length + " cells, " + headings.size() + " columns");
    }
    rows.add(List.of(cells));
  }

  /** The lines, without blanks at their ends. */
  String render() {
    List<List<String>> lines = new ArrayList<>(List.of(headings));
    lines.addAll(rows);
    StringBuilder text = new StringBuilder();
    for (List<String> line : lines) {
      StringBuilder row = new StringBuilder();
      for (int column = 0; column < line.size(); column++) {
        String cell = line.get(column);
        int padding = width(lines, column) - cell.length();
        boolean right = sides.get(column) == Side.RIGHT;
        row.append(column == 0 ? "" : "  ")
            .repeat(' ', right ? padding : 0)
            .append(cell)
            .repeat(' ', right ? 0 : padding);
      }
      text.append(text.isEmpty() ? "" : "\n").append(row.toString().stripTrailing());
    }
    return text.toString();
  }

  private static int width(List<List<String>> lines, int column) {
    return lines.stream().mapToInt(line -> line.get(column).length()).max().orElse(0);
  }
}
