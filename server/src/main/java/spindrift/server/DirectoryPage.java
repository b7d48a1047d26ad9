package spindrift.server;

import java.util.List;
import java.util.Locale;
import spindrift.base.Bytes;
import spindrift.ipld.Cid;
import spindrift.ipld.UnixFsEntry;

/** A directory as a page for a browser; without scripts, and nothing in it is fetched. */
final class DirectoryPage {
  /** Entries on a page, some MB of HTML; {@code ?format=car} has them all. */
  static final int MAX_ENTRIES = 20_000;

  private static final String STYLE =
      "body{font:15px/1.5 monospace;margin:2em}h1{font-size:1.1em;overflow-wrap:anywhere}"
          + "td{padding-right:2em;white-space:pre-wrap;overflow-wrap:anywhere}"
          + "td+td{text-align:right;white-space:nowrap;vertical-align:top}";

  private DirectoryPage() {}

  /**
   * The page.
   *
   * @param names that lead from the root to the directory
   * @param entries in the order to be shown; what is over {@link #MAX_ENTRIES} is not
   */
  static String render(Cid root, List<Bytes> names, List<UnixFsEntry> entries) {
    StringBuilder url = new StringBuilder("/ipfs/").append(root);
    StringBuilder title = new StringBuilder(url);
    String parent = "";
    for (Bytes name : names) {
      parent = url.toString();
      PercentPath.encode(name, url.append('/'));
      appendEscaped(title.append('/'), name);
    }
    StringBuilder page = new StringBuilder(512 + entries.size() * 128);
    page.append("<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>")
        .append(title)
        .append("</title>\n<style>")
        .append(STYLE)
        .append("</style>\n<h1>")
        .append(title)
        .append("</h1>\n<table>\n");
    if (!names.isEmpty()) {
      page.append("<tr><td><a href=\"").append(parent).append("\">..</a><td>\n");
    }
    for (UnixFsEntry entry : entries.subList(0, Math.min(entries.size(), MAX_ENTRIES))) {
      page.append("<tr><td><a href=\"").append(url).append('/');
      PercentPath.encode(entry.name(), page);
      page.append("\">");
      appendEscaped(page, entry.name());
      page.append("</a><td>").append(size(entry.tsize())).append('\n');
    }
    page.append("</table>\n");
    if (entries.size() > MAX_ENTRIES) {
      page.append("<p>There are more than these ").append(MAX_ENTRIES).append(" entries.\n");
    }
    return page.append("</html>\n").toString();
  }

  /** A size in bytes for people: three digits or so. */
  static String size(long bytes) {
    double number = bytes;
    int unit = 0;
    while (number >= 999.5 && unit < 5) {
      number /= 1000;
      unit++;
    }
    String digits =
        unit > 0 && number < 9.95
            ? String.format(Locale.ROOT, "%.1f", number)
            : String.valueOf(Math.round(number));
    return digits + " " + List.of("B", "kB", "MB", "GB", "TB", "PB").get(unit);
  }

  /** A name as text: what is not UTF-8, and what a page cannot show, becomes U+FFFD. */
  private static void appendEscaped(StringBuilder out, Bytes name) {
    String text = name.display();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '&' -> out.append("&amp;");
        case '"' -> out.append("&quot;");
        default -> out.append(Character.isISOControl(c) ? '\ufffd' : c);
      }
    }
  }
}
