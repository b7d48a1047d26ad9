package spindrift.compression;

import java.io.IOException;
import spindrift.base.FaultException;

/**
 * A compressed file is at fault, and not whoever gives it; passes through code that only knows
 * failing streams.
 */
public final class DecodingException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient FaultException fault;

  DecodingException(FaultException fault) {
    super(fault.getMessage(), fault);
    this.fault = fault;
  }

  /** What is wrong with it. */
  public FaultException fault() {
    return fault;
  }
}
