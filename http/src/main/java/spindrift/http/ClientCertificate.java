package spindrift.http;

import java.net.URI;
import java.nio.file.Path;

/**
 * A certificate by which a client shows who it is.
 *
 * @param server a URL of the server that it is shown to
 * @param certificate in PEM, with those between it and the authority's
 * @param privateKey in PEM, not encrypted; may be the same file
 */
public record ClientCertificate(URI server, Path certificate, Path privateKey) {}
