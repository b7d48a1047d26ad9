package spindrift.nix;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Map;
import java.util.SortedSet;
import java.util.function.Consumer;
import spindrift.base.Bytes;

/** Writes the ATerm of one derivation. */
final class DerivationWriter {
  private final StoreDir store;
  private final Derivation derivation;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  DerivationWriter(StoreDir store, Derivation derivation) {
    this.store = store;
    this.derivation = derivation;
  }

  Bytes render() {
    raw("Derive(");
    list(derivation.outputs().entrySet(), this::output);
    raw(",");
    list(derivation.inputDerivations().entrySet(), this::input);
    raw(",");
    list(derivation.inputSources(), path -> text(path.in(store)));
    raw(",");
    string(derivation.system());
    raw(",");
    string(derivation.builder());
    raw(",");
    list(derivation.arguments(), this::string);
    raw(",");
    list(derivation.environment().entrySet(), this::variable);
    raw(")");
    return Bytes.owning(out.toByteArray());
  }

  private void output(Map.Entry<String, DerivationOutput> entry) {
    String name = entry.getKey();
    switch (entry.getValue()) {
      case DerivationOutput.InputAddressed output -> tuple(name, output.path().in(store), "", "");
      case DerivationOutput.Fixed output ->
          tuple(
              name,
              output.path().in(store),
              algorithm(output.ca().method(), output.ca().hash().algorithm()),
              output.ca().hash().hex());
      case DerivationOutput.Floating output ->
          tuple(name, "", algorithm(output.method(), output.algorithm()), "");
      case DerivationOutput.Deferred ignored -> tuple(name, "", "", "");
      case DerivationOutput.Impure output ->
          tuple(name, "", algorithm(output.method(), output.algorithm()), "impure");
    }
  }

  private static String algorithm(ContentAddress.Method method, HashAlgorithm algorithm) {
    return method.outputPrefix() + algorithm.label();
  }

  private void tuple(String name, String path, String algorithm, String hash) {
    raw("(");
    text(name);
    raw(",");
    text(path);
    raw(",");
    text(algorithm);
    raw(",");
    text(hash);
    raw(")");
  }

  private void input(Map.Entry<StorePath, SortedSet<String>> entry) {
    raw("(");
    text(entry.getKey().in(store));
    raw(",");
    list(entry.getValue(), this::text);
    raw(")");
  }

  private void variable(Map.Entry<Bytes, Bytes> entry) {
    raw("(");
    string(entry.getKey());
    raw(",");
    string(entry.getValue());
    raw(")");
  }

  private <T> void list(Iterable<T> items, Consumer<T> writer) {
    raw("[");
    Iterator<T> rest = items.iterator();
    while (rest.hasNext()) {
      writer.accept(rest.next());
      if (rest.hasNext()) {
        raw(",");
      }
    }
    raw("]");
  }

  private void text(String text) {
    string(Bytes.utf8(text));
  }

  private void string(Bytes value) {
    raw("\"");
    for (int i = 0; i < value.size(); i++) {
      byte b = value.at(i);
      switch (b) {
        case '"' -> raw("\\\"");
        case '\\' -> raw("\\\\");
        case '\n' -> raw("\\n");
        case '\r' -> raw("\\r");
        case '\t' -> raw("\\t");
        default -> out.write(b);
      }
    }
    raw("\"");
  }

  private void raw(String ascii) {
    out.writeBytes(ascii.getBytes(StandardCharsets.US_ASCII));
  }
}
