package spindrift.http;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** A user's name and password. */
public record Login(String user, String password) {
  /** The value of {@code Authorization} with it. */
  String basic() {
    byte[] plain = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(plain);
  }

  /** Without the password. */
  @Override
  public String toString() {
    return "Login[" + user + "]";
  }
}
