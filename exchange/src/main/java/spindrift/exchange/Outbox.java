package spindrift.exchange;

import java.util.Optional;

/**
 * What is to be sent to one peer over one stream. What becomes pointless before it was sent is left
 * out. Safe for use by several threads; calls nothing else under its lock.
 */
interface Outbox {
  /** Waits for something to send; empty once closed. {@link #sent} must follow. */
  Optional<OutgoingMessage> take() throws InterruptedException;

  /** The message that was taken is on its way or lost. */
  void sent();

  /** Forgets everything, and takes nothing more. */
  void close();
}
