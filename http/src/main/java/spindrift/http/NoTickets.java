package spindrift.http;

import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.Configuration;

/**
 * No way to log in by Kerberos. The JDK's older client would show the user's ticket to any server
 * that asks for one; here a server is told only what the owner says that it may be told.
 */
final class NoTickets extends Configuration {
  private static final String PROPERTY = "java.security.auth.login.config";

  private NoTickets() {}

  /** For all of the process, unless whoever started it named a configuration. */
  static void showToAnybody() {
    if (System.getProperty(PROPERTY) == null) {
      Configuration.setConfiguration(new NoTickets());
    }
  }

  @Override
  public AppConfigurationEntry[] getAppConfigurationEntry(String name) {
    return new AppConfigurationEntry[0];
  }
}
