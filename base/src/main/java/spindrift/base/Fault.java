package spindrift.base;

/** Whose fault an error is; each edge (HTTP status, exit code, errno) maps it in one switch. */
public enum Fault {
  /** What was asked for is not here. */
  ABSENT,
  /** Bytes that break the rules of their format. */
  MALFORMED,
  /** Bytes that are not the ones that their hash names. */
  INTEGRITY,
  /** A peer that breaks the rules of a protocol. */
  PROTOCOL,
  /** A stated limit was reached. */
  LIMIT,
  /** Something asked for that the rules do not allow. */
  REFUSED,
  /** A wrong setting or command line. */
  CONFIG
}
