/** What the tests of several rooms share: real programs, fakes with real bytes, contracts. */
@org.jspecify.annotations.NullMarked
module spindrift.testkit {
  requires static org.jspecify;
  requires transitive spindrift.base;
  requires com.github.luben.zstd_jni;
  requires org.apache.commons.compress;
  requires org.tukaani.xz;

  exports spindrift.testkit;
}
