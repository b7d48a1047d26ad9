package spindrift.node;

import spindrift.base.JsonObject;
import spindrift.catalog.Progress;

/** Whom an operation tells what it finds and how far it is. Called by any thread. */
public interface Reporter extends Progress {
  /** One of many results, as soon as there is one. */
  void item(JsonObject item);
}
