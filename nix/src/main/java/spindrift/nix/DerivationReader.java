package spindrift.nix;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import spindrift.base.ByteReader;
import spindrift.base.Bytes;
import spindrift.base.Excerpt;
import spindrift.base.MalformedDataException;

/** Reads the ATerm of one derivation. Nesting is fixed by the format, so nothing here recurses. */
final class DerivationReader {
  static final String FORMAT = "derivation";

  /** Stands where a hash would, in an output that is not to be kept. */
  private static final String IMPURE = "impure";

  private interface Item {
    void read() throws MalformedDataException;
  }

  private final StoreDir store;
  private final ByteReader in;

  DerivationReader(StoreDir store, Bytes aterm) {
    this.store = store;
    this.in = aterm.reader(FORMAT);
  }

  Derivation read() throws MalformedDataException {
    SortedMap<String, DerivationOutput> outputs = new TreeMap<>();
    SortedMap<StorePath, SortedSet<String>> inputs = new TreeMap<>();
    SortedSet<StorePath> sources = new TreeSet<>();
    List<Bytes> arguments = new ArrayList<>();
    SortedMap<Bytes, Bytes> environment = new TreeMap<>();
    expect("Derive(");
    list(() -> output(outputs));
    expect(",");
    list(() -> input(inputs));
    expect(",");
    list(() -> sources.add(path()));
    expect(",");
    Bytes system = string();
    expect(",");
    Bytes builder = string();
    expect(",");
    list(() -> arguments.add(string()));
    expect(",");
    list(() -> variable(environment));
    expect(")");
    in.expectEnd();
    if (outputs.isEmpty()) {
      throw in.malformed("no outputs");
    }
    return new Derivation(outputs, inputs, sources, system, builder, arguments, environment);
  }

  private void output(SortedMap<String, DerivationOutput> outputs) throws MalformedDataException {
    expect("(");
    String name = text();
    expect(",");
    String path = text();
    expect(",");
    String algorithm = text();
    expect(",");
    String hash = text();
    expect(")");
    if (!StorePath.isName(name)) {
      throw in.malformed("not the name of an output: " + Excerpt.of(name));
    }
    outputs.put(name, output(path, algorithm, hash));
  }

  private DerivationOutput output(String path, String algorithm, String hash)
      throws MalformedDataException {
    if (algorithm.isEmpty()) {
      if (!hash.isEmpty()) {
        throw in.malformed("an output with a hash and no algorithm");
      }
      return path.isEmpty()
          ? new DerivationOutput.Deferred()
          : new DerivationOutput.InputAddressed(StorePath.parse(store, path));
    }
    ContentAddress.Method method = method(algorithm);
    HashAlgorithm parsed = HashAlgorithm.parse(algorithm.substring(method.outputPrefix().length()));
    if (!ContentAddress.allows(method, parsed)) {
      throw in.malformed("an algorithm that the method does not allow");
    }
    if (!hash.isEmpty() && !hash.equals(IMPURE)) {
      return new DerivationOutput.Fixed(
          StorePath.parse(store, path), new ContentAddress(method, NixHash.parse(parsed, hash)));
    }
    if (!path.isEmpty()) {
      throw in.malformed("an output with a path and no hash");
    }
    return hash.isEmpty()
        ? new DerivationOutput.Floating(method, parsed)
        : new DerivationOutput.Impure(method, parsed);
  }

  private static ContentAddress.Method method(String algorithm) {
    for (ContentAddress.Method method : ContentAddress.Method.values()) {
      if (!method.outputPrefix().isEmpty() && algorithm.startsWith(method.outputPrefix())) {
        return method;
      }
    }
    return ContentAddress.Method.FLAT;
  }

  private void input(SortedMap<StorePath, SortedSet<String>> inputs) throws MalformedDataException {
    expect("(");
    SortedSet<String> names = new TreeSet<>();
    inputs.put(path(), names);
    expect(",");
    list(() -> names.add(text()));
    expect(")");
  }

  private void variable(SortedMap<Bytes, Bytes> environment) throws MalformedDataException {
    expect("(");
    Bytes name = string();
    expect(",");
    environment.put(name, string());
    expect(")");
  }

  private void list(Item item) throws MalformedDataException {
    expect("[");
    if (in.peekByte() == ']') {
      in.skip(1);
      return;
    }
    item.read();
    int next = in.readByte();
    while (next == ',') {
      item.read();
      next = in.readByte();
    }
    if (next != ']') {
      throw in.malformed("expected , or ]");
    }
  }

  private StorePath path() throws MalformedDataException {
    return StorePath.parse(store, text());
  }

  private String text() throws MalformedDataException {
    String text = string().utf8().orElse(null);
    if (text == null) {
      throw in.malformed("not UTF-8");
    }
    return text;
  }

  private Bytes string() throws MalformedDataException {
    expect("\"");
    ByteArrayOutputStream value = new ByteArrayOutputStream();
    while (true) {
      int c = in.readByte();
      if (c == '"') {
        return Bytes.owning(value.toByteArray());
      }
      value.write(c == '\\' ? escaped(in.readByte()) : c);
    }
  }

  private static int escaped(int c) {
    return switch (c) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      default -> c;
    };
  }

  private void expect(String token) throws MalformedDataException {
    for (int i = 0; i < token.length(); i++) {
      if (in.readByte() != token.charAt(i)) {
        throw in.malformed("expected " + token);
      }
    }
  }
}
