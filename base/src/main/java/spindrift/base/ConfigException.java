package spindrift.base;

/** A setting or an argument that cannot be used. */
public final class ConfigException extends FaultException {
  public ConfigException(String key, String value, String allowed) {
    super(Fault.CONFIG, key + " = " + Excerpt.of(value) + ": " + allowed);
  }

  public ConfigException(String message) {
    super(Fault.CONFIG, message);
  }
}
