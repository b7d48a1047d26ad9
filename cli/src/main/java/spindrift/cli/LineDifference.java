package spindrift.cli;

import java.util.ArrayList;
import java.util.List;

/** What differs between two texts that differ in one place, with some lines around it. */
final class LineDifference {
  private static final int CONTEXT = 3;

  private LineDifference() {}

  /** Lines behind {@code "- "}, {@code "+ "} or two blanks. */
  static List<String> of(String before, String after) {
    List<String> old = before.lines().map(Terminal::plain).toList();
    List<String> now = after.lines().map(Terminal::plain).toList();
    int shortest = Math.min(old.size(), now.size());
    int same = 0;
    while (same < shortest && old.get(same).equals(now.get(same))) {
      same++;
    }
    int tail = 0;
    while (tail < shortest - same
        && old.get(old.size() - 1 - tail).equals(now.get(now.size() - 1 - tail))) {
      tail++;
    }
    List<String> lines = new ArrayList<>();
    add(lines, "  ", old.subList(Math.max(0, same - CONTEXT), same));
    add(lines, "- ", old.subList(same, old.size() - tail));
    add(lines, "+ ", now.subList(same, now.size() - tail));
    int from = old.size() - tail;
    add(lines, "  ", old.subList(from, Math.min(old.size(), from + CONTEXT)));
    return lines;
  }

  private static void add(List<String> lines, String mark, List<String> more) {
    more.forEach(line -> lines.add((mark + line).stripTrailing()));
  }
}
