/** Compressed files decoded, within bounds of memory. */
@org.jspecify.annotations.NullMarked
module spindrift.compression {
  requires static org.jspecify;
  requires transitive spindrift.nix;
  requires transitive spindrift.base;
  requires com.github.luben.zstd_jni;
  requires org.apache.commons.compress;
  requires dec;
  requires org.tukaani.xz;

  exports spindrift.compression;
}
