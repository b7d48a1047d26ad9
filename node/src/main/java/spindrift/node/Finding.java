package spindrift.node;

import spindrift.base.JsonObject;

/**
 * What the doctor found out about one thing.
 *
 * @param about in a word or two
 * @param said one line
 * @param mend what to do about it, one line; blank where nothing needs doing
 */
public record Finding(String about, Level level, String said, String mend) {
  /** How bad it is. */
  public enum Level {
    OK,
    /** It works, but not as well as it could. */
    WARNING,
    /** Something does not work. */
    PROBLEM
  }

  static Finding ok(String about, String said) {
    return new Finding(about, Level.OK, said, "");
  }

  static Finding warning(String about, String said, String mend) {
    return new Finding(about, Level.WARNING, said, mend);
  }

  static Finding problem(String about, String said, String mend) {
    return new Finding(about, Level.PROBLEM, said, mend);
  }

  /** For programs. */
  public JsonObject toJson() {
    return JsonObject.of(
        "about", about,
        "level", level.name().toLowerCase(java.util.Locale.ROOT),
        "said", said,
        "mend", mend);
  }
}
