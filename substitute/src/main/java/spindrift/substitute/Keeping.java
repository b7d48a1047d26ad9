package spindrift.substitute;

import spindrift.nix.NarInfo;

/** Keeps what passes, or does not. Safe for use by several threads. */
interface Keeping extends AutoCloseable {
  /** Keeps nothing. */
  Keeping NONE =
      new Keeping() {
        @Override
        public NarAssembly.Passing begin(NarInfo info) {
          return NOTHING;
        }

        @Override
        public void close() {
          // Nothing was opened.
        }
      };

  /** Looks away. */
  NarAssembly.Passing NOTHING =
      new NarAssembly.Passing() {
        @Override
        public void passes(byte[] buffer, int from, int length) {
          // Not kept.
        }

        @Override
        public void ended() {
          // Not kept.
        }

        @Override
        public void failed() {
          // Not kept.
        }
      };

  /** A NAR begins to pass. */
  NarAssembly.Passing begin(NarInfo info);

  /** Gives up what is not whole. */
  @Override
  void close();
}
