package spindrift.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The arrows between rooms, as ARCHITECTURE.md draws them, and what no room may use. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("spindrift");

  /** Each room and the rooms that it may use. */
  private static final Map<String, List<String>> ARROWS =
      Map.ofEntries(
          Map.entry("base", List.of()),
          Map.entry("ipld", List.of("base")),
          Map.entry("nix", List.of("base")),
          Map.entry("blocks", List.of("ipld", "base")),
          Map.entry("dag", List.of("ipld", "base")),
          Map.entry("store", List.of("nix", "base")),
          Map.entry("catalog", List.of("nix", "dag", "blocks", "store", "ipld", "base")),
          Map.entry("p2p", List.of("base")),
          Map.entry("fuse", List.of("base")),
          Map.entry("http", List.of("base")),
          Map.entry("compression", List.of("nix", "base")),
          Map.entry("exchange", List.of("p2p", "http", "ipld", "base")),
          Map.entry("upstream", List.of("http", "compression", "nix", "base")),
          Map.entry(
              "substitute",
              List.of(
                  "catalog",
                  "exchange",
                  "upstream",
                  "http",
                  "p2p",
                  "nix",
                  "dag",
                  "blocks",
                  "store",
                  "ipld",
                  "base")),
          Map.entry(
              "server",
              List.of(
                  "substitute",
                  "compression",
                  "catalog",
                  "nix",
                  "dag",
                  "blocks",
                  "store",
                  "ipld",
                  "base")),
          Map.entry(
              "mount", List.of("fuse", "catalog", "nix", "dag", "blocks", "store", "ipld", "base")),
          Map.entry(
              "node",
              List.of(
                  "mount",
                  "fuse",
                  "server",
                  "substitute",
                  "exchange",
                  "upstream",
                  "compression",
                  "http",
                  "p2p",
                  "catalog",
                  "nix",
                  "dag",
                  "blocks",
                  "store",
                  "ipld",
                  "base")),
          Map.entry("realise", List.of("store", "nix", "base")),
          Map.entry(
              "cli",
              List.of("node", "mount", "fuse", "realise", "store", "catalog", "nix", "base")));

  static List<String> rooms() {
    return ARROWS.keySet().stream().sorted().toList();
  }

  @ParameterizedTest
  @MethodSource("rooms")
  void aRoomUsesOnlyRoomsBelowIt(String room) {
    String[] allowed =
        java.util.stream.Stream.concat(ARROWS.get(room).stream(), java.util.stream.Stream.of(room))
            .map(name -> "spindrift." + name + "..")
            .toArray(String[]::new);
    DescribedPredicate<JavaClass> otherRooms =
        resideInAPackage("spindrift..").and(not(resideInAnyPackage(allowed)));
    noClasses()
        .that()
        .resideInAPackage("spindrift." + room + "..")
        .should()
        .dependOnClassesThat(otherRooms)
        .check(CLASSES);
  }

  @Test
  void everyRoomIsDrawn() {
    List<String> found =
        CLASSES.stream()
            .map(type -> type.getPackageName().split("\\.", -1)[1])
            .filter(room -> !room.equals("testkit"))
            .distinct()
            .sorted()
            .toList();
    assertThat(found).isEqualTo(rooms());
  }

  @Test
  void codecsUseTheJdkOnly() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "spindrift.base..",
            "spindrift.fuse..",
            "spindrift.ipld..",
            "spindrift.nix..",
            "spindrift.p2p..")
        .should()
        .dependOnClassesThat(
            not(
                resideInAnyPackage(
                    "java..", "javax.crypto..", "spindrift..", "org.jspecify.annotations..")))
        .check(CLASSES);
  }

  @Test
  void codecsStartNoThreadsAndOpenNoFiles() {
    noClasses()
        .that()
        .resideInAnyPackage("spindrift.ipld..", "spindrift.nix..")
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.lang.Thread")
        .orShould()
        .dependOnClassesThat()
        .resideInAnyPackage("java.nio.file..", "java.util.concurrent..", "java.net..")
        .check(CLASSES);
  }

  @Test
  void nobodySleepsOrPrintsButTheCommandLine() {
    noClasses()
        .should()
        .callMethod(Thread.class, "sleep", long.class)
        .orShould()
        .callMethod(Thread.class, "sleep", java.time.Duration.class)
        .check(CLASSES);
    noClasses()
        .that()
        .resideOutsideOfPackage("spindrift.cli..")
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(CLASSES);
  }

  @Test
  void futuresAreNoPartOfAnApi() {
    noMethods()
        .that()
        .areNotPrivate()
        .should()
        .haveRawReturnType("java.util.concurrent.CompletableFuture")
        .check(CLASSES);
  }
}
