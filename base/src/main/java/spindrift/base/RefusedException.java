package spindrift.base;

/** A request that is well formed and that the rules do not allow. */
public final class RefusedException extends FaultException {
  public RefusedException(String why) {
    super(Fault.REFUSED, why);
  }
}
