package spindrift.base;

/** What was asked for by name is not here. */
public final class AbsentException extends FaultException {
  public AbsentException(String what) {
    super(Fault.ABSENT, what);
  }
}
