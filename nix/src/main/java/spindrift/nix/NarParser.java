package spindrift.nix;

import java.util.Arrays;
import spindrift.base.Bytes;
import spindrift.base.FaultException;

/**
 * Takes a NAR apart that is written to it piece by piece, where nobody can be asked for the next
 * byte as {@link NarReader} does. Every rule of the grammar is enforced: what is broken is noted,
 * and the rest passed over. For one thread.
 */
final class NarParser {
  /** Is told of a file tree in the order of its NAR; a file's contents come in pieces. */
  interface Events {
    default void startDirectory() {}

    /** The next node is the entry of this name in the directory begun last. */
    default void entry(Bytes name) {}

    default void endDirectory() {}

    default void startFile(FileMode mode, long size) {}

    default void contents(byte[] buffer, int from, int length) {}

    default void endFile() {}

    default void symlink(Bytes target) {}
  }

  /** Which string may come next. */
  private enum Next {
    MAGIC,
    NODE,
    TYPE_WORD,
    TYPE,
    FILE_FIELD,
    EXECUTABLE_MARK,
    CONTENTS_WORD,
    CONTENTS,
    TARGET_WORD,
    TARGET,
    NODE_END,
    DIRECTORY_FIELD,
    ENTRY_OPEN,
    NAME_WORD,
    NAME,
    NODE_WORD,
    ENTRY_END,
    NOTHING
  }

  private final Events events;
  private final byte[] header = new byte[Long.BYTES];
  private int headerSize;
  private final byte[] text = new byte[NarFormat.MAX_TARGET];
  private int textSize;

  /** Bytes of the present string that are still to come, and zeros behind it. */
  private long left;

  private int padding;

  private Next next = Next.MAGIC;
  private FileMode mode = FileMode.REGULAR;
  private Bytes[] lastNames = new Bytes[8];
  private int depth;
  private boolean broken;

  NarParser(Events events) {
    this.events = events;
  }

  void write(byte[] buffer, int from, int length) {
    int at = from;
    int end = from + length;
    while (at < end && !broken) {
      if (headerSize < Long.BYTES) {
        header[headerSize++] = buffer[at++];
        if (headerSize == Long.BYTES) {
          begin((long) NarFormat.LONG.get(header, 0));
        }
      } else if (left > 0) {
        int part = (int) Math.min(left, end - at);
        body(buffer, at, part);
        at += part;
        left -= part;
      } else if (buffer[at++] == 0) {
        padding--;
      } else {
        broken = true;
      }
      endString();
    }
  }

  /** Whether what was written is one NAR, and nothing before or behind it. */
  boolean isWhole() {
    return !broken && next == Next.NOTHING && headerSize == 0;
  }

  private void begin(long size) {
    broken = next == Next.NOTHING || size < 0 || (next != Next.CONTENTS && size > text.length);
    if (broken) {
      return;
    }
    left = size;
    padding = NarFormat.padding(size);
    textSize = 0;
    if (next == Next.CONTENTS) {
      events.startFile(mode, size);
    }
  }

  private void body(byte[] buffer, int from, int length) {
    if (next == Next.CONTENTS) {
      events.contents(buffer, from, length);
    } else {
      System.arraycopy(buffer, from, text, textSize, length);
      textSize += length;
    }
  }

  private void endString() {
    if (broken || headerSize < Long.BYTES || left > 0 || padding > 0) {
      return;
    }
    headerSize = 0;
    try {
      next = after();
    } catch (FaultException e) {
      broken = true;
    }
  }

  /** Takes the string in that has ended. */
  private Next after() throws FaultException {
    return switch (next) {
      case MAGIC -> expect("nix-archive-1", Next.NODE);
      case NODE -> expect("(", Next.TYPE_WORD);
      case TYPE_WORD -> expect("type", Next.TYPE);
      case TYPE -> afterType();
      case FILE_FIELD -> is("executable") ? Next.EXECUTABLE_MARK : expectContents(FileMode.REGULAR);
      case EXECUTABLE_MARK -> expect("", Next.CONTENTS_WORD);
      case CONTENTS_WORD -> expectContents(FileMode.EXECUTABLE);
      case CONTENTS -> {
        events.endFile();
        yield Next.NODE_END;
      }
      case TARGET_WORD -> expect("target", Next.TARGET);
      case TARGET -> afterTarget();
      case NODE_END -> expect(")", afterNode());
      case DIRECTORY_FIELD -> afterDirectoryField();
      case ENTRY_OPEN -> expect("(", Next.NAME_WORD);
      case NAME_WORD -> expect("name", Next.NAME);
      case NAME -> afterName();
      case NODE_WORD -> expect("node", Next.NODE);
      case ENTRY_END -> expect(")", Next.DIRECTORY_FIELD);
      case NOTHING -> throw new IllegalStateException("behind the end");
    };
  }

  private Next afterType() throws FaultException {
    if (is("regular")) {
      return Next.FILE_FIELD;
    }
    if (is("symlink")) {
      return Next.TARGET_WORD;
    }
    Next field = expect("directory", Next.DIRECTORY_FIELD);
    NarFormat.checkDepth(depth + 1);
    if (depth == lastNames.length) {
      lastNames = Arrays.copyOf(lastNames, depth * 2);
    }
    // The empty name is below all others, and is itself no name.
    lastNames[depth++] = Bytes.EMPTY;
    events.startDirectory();
    return field;
  }

  private Next expectContents(FileMode found) {
    mode = found;
    return expect("contents", Next.CONTENTS);
  }

  private Next afterTarget() throws FaultException {
    Bytes target = Bytes.copyOf(text, 0, textSize);
    NarFormat.checkTarget(target, -1);
    events.symlink(target);
    return Next.NODE_END;
  }

  private Next afterDirectoryField() {
    if (is("entry")) {
      return Next.ENTRY_OPEN;
    }
    Next after = expect(")", Next.NODE_END);
    if (!broken) {
      depth--;
      events.endDirectory();
      after = afterNode();
    }
    return after;
  }

  private Next afterName() throws FaultException {
    Bytes name = Bytes.copyOf(text, 0, textSize);
    NarFormat.checkName(name, -1);
    broken |= lastNames[depth - 1].compareTo(name) >= 0;
    lastNames[depth - 1] = name;
    events.entry(name);
    return Next.NODE_WORD;
  }

  /** Behind the node of an entry, and not behind the root, a second parenthesis closes. */
  private Next afterNode() {
    return depth > 0 ? Next.ENTRY_END : Next.NOTHING;
  }

  private Next expect(String word, Next then) {
    broken |= !is(word);
    return then;
  }

  private boolean is(String word) {
    if (textSize != word.length()) {
      return false;
    }
    for (int i = 0; i < textSize; i++) {
      if (text[i] != word.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
