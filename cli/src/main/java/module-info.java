/** The command line: commands, what they print, progress, exit codes. */
@org.jspecify.annotations.NullMarked
module spindrift.cli {
  requires static org.jspecify;
  requires info.picocli;
  requires java.logging;
  requires spindrift.fuse;
  requires spindrift.mount;
  requires spindrift.node;
  requires spindrift.realise;
  requires spindrift.store;

  exports spindrift.cli;

  opens spindrift.cli to
      info.picocli;
}
