package spindrift.substitute;

import spindrift.base.Bytes;
import spindrift.base.FaultException;

/** Looks at a small file of another cache before it is used, such as a realisation. */
@FunctionalInterface
public interface DocumentGate {
  /** Lets everything pass. */
  DocumentGate OPEN = (name, content) -> {};

  /**
   * Fails unless a file may be used.
   *
   * @param name its path in a cache
   * @throws FaultException when it has not the form that its name says, or no trusted key has
   *     signed it
   */
  void check(String name, Bytes content) throws FaultException;

  /** Both have to let it pass. */
  default DocumentGate and(DocumentGate other) {
    return (name, content) -> {
      check(name, content);
      other.check(name, content);
    };
  }
}
