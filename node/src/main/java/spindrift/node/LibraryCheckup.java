package spindrift.node;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import spindrift.base.JsonObject;
import spindrift.base.KnownLibrary;
import spindrift.base.SystemLibrary;

/**
 * Which libraries are used in place of Java.
 *
 * @param used file of each, {@value SystemLibrary#NONE} where that was asked for; what is not found
 *     is missing
 */
record LibraryCheckup(JsonObject used) implements Checkup {
  /** Also the member of what a node says of itself. */
  private static final String ABOUT = "libraries";

  /** Looked for when somebody asks; each stays loaded. */
  private static final class Found {
    static final JsonObject HERE = look();

    private Found() {}

    private static JsonObject look() {
      JsonObject.Builder found = JsonObject.builder();
      for (KnownLibrary library : KnownLibrary.values()) {
        Optional<String> name =
            SystemLibrary.NONE.equals(System.getProperty(library.property()))
                ? Optional.of(SystemLibrary.NONE)
                : library.use(SystemLibrary::name);
        name.ifPresent(file -> found.put(nameOf(library), file));
      }
      return found.build();
    }
  }

  /** Those of the node, or as this process finds them. */
  static LibraryCheckup of(Optional<JsonObject> node) {
    NixLibraries.offer();
    return new LibraryCheckup(
        node.flatMap(running -> Doctor.child(running, ABOUT)).orElseGet(LibraryCheckup::inUse));
  }

  /** Those of this process. */
  static JsonObject inUse() {
    return Found.HERE;
  }

  @Override
  public void run(Consumer<Finding> findings) {
    List<String> said = new ArrayList<>();
    List<String> mend = new ArrayList<>();
    for (KnownLibrary library : KnownLibrary.values()) {
      String name = nameOf(library);
      Optional<String> file = Doctor.text(used, name);
      said.add(file.map(found -> name + " " + shown(library, found)).orElse("no " + name));
      if (file.isEmpty()) {
        mend.add("-D" + library.property() + "=/…/lib/" + library.file());
      }
    }
    String all = String.join(", ", said);
    findings.accept(
        mend.isEmpty()
            ? Finding.ok(ABOUT, all)
            : Finding.warning(
                ABOUT,
                all + ": Java does their work, and takes more time",
                "install OpenSSL 3 and xz, or say where they are, as in SPINDRIFT_JAVA_OPTS=\""
                    + String.join(" ", mend)
                    + "\""));
  }

  private static String shown(KnownLibrary library, String file) {
    if (file.equals(library.file())) {
      return "of the system";
    }
    return file.equals(SystemLibrary.NONE) ? "not used, as asked for" : file;
  }

  private static String nameOf(KnownLibrary library) {
    return library.name().toLowerCase(Locale.ROOT);
  }
}
