package spindrift.substitute;

import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import spindrift.base.ByteTarget;
import spindrift.base.FaultException;

/** A place from which a NAR can be read, from any byte on. For one thread, but for the last. */
interface NarSource {
  /** For people. */
  String name();

  /** Who answers for its bytes; for those of several sources, see {@link #members}. */
  Origin origin();

  /** The sources that it is made of, itself where it is one. */
  default List<NarSource> members() {
    return List.of(this);
  }

  /** What is known about that. */
  Verdicts.Trust trust();

  /** The names by which its health is known. */
  List<String> healthNames();

  /** Bytes a second that it usually gives, once that is known. */
  OptionalLong usualRate();

  /** Whether it can begin anywhere without sending what is before. */
  boolean isSeekable();

  /**
   * Writes the bytes from {@code from} (inclusive) to {@code to} (exclusive).
   *
   * @throws spindrift.base.AbsentException when it has them no more
   * @throws spindrift.base.MalformedDataException when what it has is no NAR
   * @throws IOException when it failed, ended early, or was aborted
   */
  void deliver(ByteTarget target, long from, long to) throws IOException, FaultException;

  /** Ends what is under way, from another thread. */
  void abort();
}
