package spindrift.cli;

import spindrift.base.JsonObject;
import spindrift.node.Reporter;

/** Nobody looks. */
enum NoReporter implements Reporter {
  NONE;

  @Override
  public void item(JsonObject item) {}

  @Override
  public void report(long done, long total, String what) {}
}
