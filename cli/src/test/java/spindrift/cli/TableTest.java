package spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import spindrift.cli.Table.Side;

class TableTest {
  @Test
  void columnsAreAsWideAsTheyNeedToBe() {
    Table table = new Table().column("NAME", Side.LEFT).column("N", Side.RIGHT);
    table.row("a", "1");
    table.row("longer", "100");
    assertThat(table.render())
        .isEqualTo(
            """
            NAME      N
            a         1
            longer  100\
            """);
  }

  @Test
  void linesHaveNoBlanksAtTheirEnds() {
    Table table = new Table().column("A", Side.LEFT).column("LAST", Side.LEFT);
    table.row("a", "");
    assertThat(table.render()).isEqualTo("A  LAST\na");
  }

  @Test
  void aRowHasACellForEachColumn() {
    Table table = new Table().column("A", Side.LEFT);
    assertThatThrownBy(() -> table.row("a", "b")).isInstanceOf(IllegalArgumentException.class);
  }
}
