package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AddressBookTest {
  private static final PeerId PEER = Identity.generate().peerId();

  private final AddressBook book = new AddressBook();

  @Test
  void knowsNothingOfAStranger() {
    assertThat(book.of(PEER)).isEmpty();
  }

  @Test
  void putsFirstWhereThePeerWasFound() {
    book.stated(PEER, List.of(port(1), port(2)));
    book.heard(PEER, List.of(port(3)));
    book.found(PEER, port(2));
    assertThat(book.of(PEER)).containsExactly(port(2), port(3), port(1));
  }

  @Test
  void whatAPeerStatesTakesThePlaceOfWhatItStatedBefore() {
    book.stated(PEER, List.of(port(1)));
    book.stated(PEER, List.of(port(2)));
    assertThat(book.of(PEER)).containsExactly(port(2));
  }

  @Test
  void whatIsHeardIsAddedAndTheNewestIsTheFirst() {
    book.heard(PEER, List.of(port(1), port(2)));
    book.heard(PEER, List.of(port(1)));
    assertThat(book.of(PEER)).containsExactly(port(1), port(2));
  }

  @Test
  void rumoursCannotPushOutWhatAPeerStated() {
    book.stated(PEER, List.of(port(1)));
    book.heard(PEER, IntStream.range(1000, 2000).mapToObj(AddressBookTest::port).toList());
    assertThat(book.of(PEER)).hasSize(AddressBook.MAX_ADDRESSES + 1);
    assertThat(book.of(PEER).subList(0, 2)).contains(port(1));
  }

  @Test
  void keepsAddressesWithoutThePeer() {
    book.heard(PEER, List.of(port(1).withPeer(PEER)));
    assertThat(book.of(PEER)).containsExactly(port(1));
  }

  private static Multiaddr port(int number) {
    return TestHosts.multiaddr("/ip4/192.0.2.1/tcp/" + number);
  }
}
