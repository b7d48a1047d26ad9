/** What the tests of several rooms share: real programs, fakes with real bytes, contracts. */
@org.jspecify.annotations.NullMarked
module spindrift.testkit {
  requires static org.jspecify;
  requires transitive spindrift.base;

  exports spindrift.testkit;
}
