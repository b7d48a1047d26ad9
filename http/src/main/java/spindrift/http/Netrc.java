package spindrift.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import spindrift.base.LimitExceededException;

/**
 * Logins by host, from a file that curl and Nix read, too: {@code machine HOST login USER password
 * PASSWORD}, and {@code default} in place of {@code machine HOST}. Words are between blanks and
 * line ends; one may be in double quotes, within which a backslash makes {@code \n}, {@code \r},
 * {@code \t}, and anything else stand for itself. A {@code #} at the beginning of a word that is no
 * value begins a comment. Macros are passed over.
 *
 * @see <a href="https://everything.curl.dev/usingcurl/netrc.html">curl's rules</a>
 */
public final class Netrc {
  /** Ours: characters of a file; real ones have some hundreds. */
  private static final int MAX_SIZE = 1 << 20;

  /** No logins. */
  public static final Netrc EMPTY = new Netrc(List.of());

  private final List<Entry> entries;

  /** The login of a host, of every host where none is named. */
  private record Entry(Optional<String> host, String user, String password) {}

  private Netrc(List<Entry> entries) {
    this.entries = List.copyOf(entries);
  }

  /** Reads a file. */
  public static Netrc read(Path file) throws IOException, LimitExceededException {
    if (Files.size(file) > MAX_SIZE) {
      throw new LimitExceededException("size of a netrc file", MAX_SIZE);
    }
    return parse(Files.readString(file, StandardCharsets.ISO_8859_1));
  }

  /** Reads as much as can be understood, as curl does. */
  public static Netrc parse(String text) {
    Words words = new Words(text);
    List<Entry> entries = new ArrayList<>();
    Optional<Entry> entry = Optional.empty();
    for (Optional<String> word = words.key(); word.isPresent(); word = words.key()) {
      String key = word.get();
      if (key.equals("machine") || key.equals("default")) {
        entry.ifPresent(entries::add);
        Optional<String> host =
            key.equals("machine") ? Optional.of(words.value()) : Optional.empty();
        entry = Optional.of(new Entry(host, "", ""));
      } else if (key.equals("login")) {
        String user = words.value();
        entry = entry.map(old -> new Entry(old.host, user, old.password));
      } else if (key.equals("password")) {
        String password = words.value();
        entry = entry.map(old -> new Entry(old.host, old.user, password));
      } else if (key.equals("account")) {
        words.value();
      } else if (key.equals("macdef")) {
        words.skipMacro();
      }
    }
    entry.ifPresent(entries::add);
    return new Netrc(entries);
  }

  /** The login for a host: the first one that fits, unless it is empty. */
  public Optional<Login> login(String host) {
    return entries.stream()
        .filter(entry -> entry.host.isEmpty() || entry.host.get().equalsIgnoreCase(host))
        .findFirst()
        .map(entry -> new Login(entry.user, entry.password))
        .filter(login -> !login.user().isEmpty() || !login.password().isEmpty());
  }

  /** How many hosts it knows; for messages, since the rest is secret. */
  @Override
  public String toString() {
    return "Netrc[" + entries.size() + "]";
  }

  /** The words of a file, one after another. */
  private static final class Words {
    private final String text;
    private int at;

    Words(String text) {
      this.text = text;
    }

    /** The next word outside of comments; empty at the end. */
    Optional<String> key() {
      skipBlanks();
      while (at < text.length() && text.charAt(at) == '#') {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end;
        skipBlanks();
      }
      return at < text.length() ? Optional.of(value()) : Optional.empty();
    }

    /** The next word, whatever it begins with; an empty one at the end. */
    String value() {
      skipBlanks();
      if (at < text.length() && text.charAt(at) == '"') {
        at++;
        return quoted();
      }
      int start = at;
      while (at < text.length() && !blank(text.charAt(at))) {
        at++;
      }
      return text.substring(start, at);
    }

    /** A macro ends at an empty line. */
    void skipMacro() {
      int end = text.indexOf("\n\n", at);
      at = end < 0 ? text.length() : end;
    }

    private String quoted() {
      StringBuilder word = new StringBuilder();
      while (at < text.length() && text.charAt(at) != '"') {
        char next = text.charAt(at++);
        word.append(next == '\\' && at < text.length() ? escaped(text.charAt(at++)) : next);
      }
      at = Math.min(text.length(), at + 1);
      return word.toString();
    }

    private static char escaped(char letter) {
      return switch (letter) {
        case 'n' -> '\n';
        case 'r' -> '\r';
        case 't' -> '\t';
        default -> letter;
      };
    }

    private void skipBlanks() {
      while (at < text.length() && blank(text.charAt(at))) {
        at++;
      }
    }

    private static boolean blank(char letter) {
      return letter <= ' ';
    }
  }
}
