package spindrift.server;

import java.nio.charset.StandardCharsets;
import java.util.List;
import spindrift.base.Bytes;
import spindrift.ipld.UnixFsEntry;

/** A directory as a page for a browser. */
final class DirectoryPage {
  private static final String UNRESERVED =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

  private DirectoryPage() {}

  /**
   * The page.
   *
   * @param path of the directory behind {@code /ipfs/}, one character a byte
   */
  static String render(String path, List<UnixFsEntry> entries) {
    StringBuilder page = new StringBuilder(256 + entries.size() * 128);
    String trimmed = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    StringBuilder base = new StringBuilder("/ipfs");
    for (String segment : trimmed.split("/", -1)) {
      base.append('/');
      appendEncoded(base, Bytes.owning(segment.getBytes(StandardCharsets.ISO_8859_1)));
    }
    page.append("<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>/ipfs/");
    appendEscaped(page, display(trimmed));
    page.append("</title>\n<style>body{font:15px/1.5 monospace;margin:2em}td{padding-right:2em}")
        .append("td+td{text-align:right}</style>\n<h1>/ipfs/");
    appendEscaped(page, display(trimmed));
    page.append("</h1>\n<table>\n");
    if (trimmed.contains("/")) {
      page.append("<tr><td><a href=\"")
          .append(base, 0, base.lastIndexOf("/"))
          .append("\">..</a>\n");
    }
    for (UnixFsEntry entry : entries) {
      page.append("<tr><td><a href=\"").append(base).append('/');
      appendEncoded(page, entry.name());
      page.append("\">");
      appendEscaped(page, entry.name().display());
      page.append("</a><td>").append(entry.tsize()).append('\n');
    }
    return page.append("</table></html>\n").toString();
  }

  private static String display(String bytesAsChars) {
    return Bytes.owning(bytesAsChars.getBytes(StandardCharsets.ISO_8859_1)).display();
  }

  private static void appendEncoded(StringBuilder out, Bytes name) {
    for (int i = 0; i < name.size(); i++) {
      int b = name.at(i) & 0xff;
      if (UNRESERVED.indexOf(b) >= 0) {
        out.append((char) b);
      } else {
        out.append(String.format("%%%02X", b));
      }
    }
  }

  private static void appendEscaped(StringBuilder out, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '&' -> out.append("&amp;");
        case '"' -> out.append("&quot;");
        default -> out.append(c);
      }
    }
  }
}
