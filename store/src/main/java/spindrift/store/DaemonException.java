package spindrift.store;

import java.io.IOException;

/**
 * An error that the Nix daemon reported: a path lacks a trusted signature, the disk is full, … The
 * message is Nix's own, without terminal colours.
 */
public final class DaemonException extends IOException {
  DaemonException(String message) {
    super(message);
  }
}
