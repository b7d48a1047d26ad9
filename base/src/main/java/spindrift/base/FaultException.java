package spindrift.base;

/** An error that is somebody's fault other than ours, with a message fit for the one who asked. */
public abstract class FaultException extends Exception {
  private final Fault fault;

  FaultException(Fault fault, String message) {
    super(message);
    this.fault = fault;
  }

  /** Whose fault it is. */
  public final Fault fault() {
    return fault;
  }
}
