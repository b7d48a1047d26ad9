package spindrift.substitute;

import spindrift.base.Bytes;
import spindrift.base.FaultException;

/** What a small file of another cache has to look like. */
@FunctionalInterface
public interface DocumentForm {
  /** Anything will do. */
  DocumentForm ANY = content -> {};

  /** Fails unless a file has the form that its name says. */
  void check(Bytes content) throws FaultException;
}
