package spindrift.nix;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import spindrift.base.Bytes;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.base.RefusedException;

/**
 * A build step as the ATerm in a {@code .drv} file says it. Strings are bytes, since Nix's are.
 *
 * @param outputs by name; at least one
 * @param inputDerivations the derivations that are built before, and which of their outputs are
 *     needed
 * @param inputSources store objects that must be there before
 * @see <a href="https://nix.dev/manual/nix/2.34/protocols/derivation-aterm">Derivation ATerm</a>
 */
public record Derivation(
    SortedMap<String, DerivationOutput> outputs,
    SortedMap<StorePath, SortedSet<String>> inputDerivations,
    SortedSet<StorePath> inputSources,
    Bytes system,
    Bytes builder,
    List<Bytes> arguments,
    SortedMap<Bytes, Bytes> environment) {

  /** Ours: the largest of Nixpkgs have some 5 MB. */
  public static final int MAX_SIZE = 64 << 20;

  /**
   * @throws IllegalArgumentException when there is no output, or an output has no usable name
   */
  public Derivation {
    if (outputs.isEmpty() || !outputs.keySet().stream().allMatch(StorePath::isName)) {
      throw new IllegalArgumentException("no usable outputs: " + outputs.keySet());
    }
    outputs = Collections.unmodifiableSortedMap(new TreeMap<>(outputs));
    SortedMap<StorePath, SortedSet<String>> inputs = new TreeMap<>();
    inputDerivations.forEach(
        (path, names) -> inputs.put(path, Collections.unmodifiableSortedSet(new TreeSet<>(names))));
    inputDerivations = Collections.unmodifiableSortedMap(inputs);
    inputSources = Collections.unmodifiableSortedSet(new TreeSet<>(inputSources));
    arguments = List.copyOf(arguments);
    environment = Collections.unmodifiableSortedMap(new TreeMap<>(environment));
  }

  /**
   * Reads the content of a {@code .drv} file, which must be the one spelling that Nix writes.
   * Derivations with dynamic inputs ({@code DrvWithVersion}) are not read.
   */
  public static Derivation parse(StoreDir store, Bytes aterm)
      throws MalformedDataException, LimitExceededException {
    if (aterm.size() > MAX_SIZE) {
      throw new LimitExceededException("size of a derivation", MAX_SIZE);
    }
    Derivation derivation = new DerivationReader(store, aterm).read();
    // Order, escapes and digits each have one spelling: one comparison finds all others.
    if (!derivation.render(store).equals(aterm)) {
      throw new MalformedDataException(DerivationReader.FORMAT, -1, "not as Nix writes it");
    }
    return derivation;
  }

  /** The ATerm. */
  public Bytes render(StoreDir store) {
    return new DerivationWriter(store, this).render();
  }

  /** The value of an environment variable. */
  public Optional<Bytes> environment(String name) {
    return Optional.ofNullable(environment.get(Bytes.utf8(name)));
  }

  /**
   * The path of this derivation's own file.
   *
   * @param name the name with which it ends, {@code .drv} included
   */
  public StorePath path(StoreDir store, String name) throws RefusedException {
    List<StorePath> references = new ArrayList<>(inputSources);
    references.addAll(inputDerivations.keySet());
    return new StorePathCalculator(store).text(name, render(store), References.to(references));
  }
}
