package spindrift.cli;

import spindrift.base.Fault;

/** What the process ends with. */
final class ExitCode {
  static final int DONE = 0;
  static final int FAILED = 1;

  /** Wrong use or configuration. */
  static final int USAGE = 2;

  /** What was asked for is not here. */
  static final int ABSENT = 3;

  private ExitCode() {}

  static int of(Fault fault) {
    return switch (fault) {
      case ABSENT -> ABSENT;
      case CONFIG -> USAGE;
      case MALFORMED, INTEGRITY, PROTOCOL, LIMIT, REFUSED -> FAILED;
    };
  }
}
