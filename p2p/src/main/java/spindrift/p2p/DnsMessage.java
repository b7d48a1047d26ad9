package spindrift.p2p;

import java.util.ArrayList;
import java.util.List;
import spindrift.base.ByteReader;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;

/**
 * A packet of multicast DNS, of which only what discovery needs is kept.
 *
 * @param id 0 in what is multicast
 * @param answers what was asked for
 * @param additionals what else may be of use
 * @see <a href="https://www.rfc-editor.org/rfc/rfc1035#section-4">RFC 1035, section 4</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6762#section-18">RFC 6762, section 18</a>
 */
record DnsMessage(
    int id,
    Kind kind,
    List<Question> questions,
    List<DnsRecord> answers,
    List<DnsRecord> additionals) {
  enum Kind {
    QUERY,
    RESPONSE
  }

  /** Where an answer is to go. */
  enum Reply {
    MULTICAST,
    UNICAST
  }

  record Question(DnsName name, int type, Reply reply) {
    /** Whether a record of some type is asked for. */
    boolean wants(DnsRecord record) {
      return record.name().equals(name) && (type == DnsRecord.ANY || type == record.data().type());
    }
  }

  /** The largest packet of multicast DNS. */
  static final int MAX_BYTES = 9000;

  /**
   * Ours; what libp2p peers send has fewer than ten, and twice as many with all their addresses.
   */
  static final int MAX_RECORDS = 256;

  static final String FORMAT = "DNS message";

  private static final int RESPONSE_FLAG = 0x8000;
  private static final int OPCODE_AND_RCODE = 0x780f;
  private static final int AUTHORITATIVE = 0x0400;
  private static final int UNICAST_FLAG = 0x8000;

  DnsMessage {
    questions = List.copyOf(questions);
    answers = List.copyOf(answers);
    additionals = List.copyOf(additionals);
  }

  static DnsMessage query(Question question) {
    return new DnsMessage(0, Kind.QUERY, List.of(question), List.of(), List.of());
  }

  static DnsMessage read(Bytes message) throws MalformedDataException {
    ByteReader in = message.reader(FORMAT);
    int id = readShort(in);
    int flags = readShort(in);
    if ((flags & OPCODE_AND_RCODE) != 0) {
      throw in.malformed("neither a query nor a good answer");
    }
    int questionCount = readShort(in);
    int answerCount = readShort(in);
    int authorityCount = readShort(in);
    int additionalCount = readShort(in);
    if (questionCount + answerCount + authorityCount + additionalCount > MAX_RECORDS) {
      throw in.malformed("over " + MAX_RECORDS + " records");
    }
    List<Question> questions = new ArrayList<>();
    for (int i = 0; i < questionCount; i++) {
      DnsName name = DnsName.read(message, in);
      int type = readShort(in);
      boolean unicast = (readShort(in) & UNICAST_FLAG) != 0;
      questions.add(new Question(name, type, unicast ? Reply.UNICAST : Reply.MULTICAST));
    }
    List<DnsRecord> answers = readRecords(answerCount, message, in);
    readRecords(authorityCount, message, in);
    List<DnsRecord> additionals = readRecords(additionalCount, message, in);
    Kind kind = (flags & RESPONSE_FLAG) != 0 ? Kind.RESPONSE : Kind.QUERY;
    return new DnsMessage(id, kind, questions, answers, additionals);
  }

  private static List<DnsRecord> readRecords(int count, Bytes message, ByteReader in)
      throws MalformedDataException {
    List<DnsRecord> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      records.add(DnsRecord.read(message, in));
    }
    return records;
  }

  /** This response as a resolver expects it that knows nothing of multicast. */
  DnsMessage inReplyTo(DnsMessage query) {
    return new DnsMessage(query.id, kind, query.questions, answers, additionals);
  }

  /** The packet; names are written whole, each time. */
  Bytes toBytes() {
    Bytes out =
        shortBytes(id)
            .concat(shortBytes(kind == Kind.RESPONSE ? RESPONSE_FLAG | AUTHORITATIVE : 0))
            .concat(shortBytes(questions.size()))
            .concat(shortBytes(answers.size()))
            .concat(shortBytes(0))
            .concat(shortBytes(additionals.size()));
    for (Question question : questions) {
      int unicast = question.reply() == Reply.UNICAST ? UNICAST_FLAG : 0;
      out =
          out.concat(question.name().toBytes())
              .concat(shortBytes(question.type()))
              .concat(shortBytes(DnsRecord.INTERNET | unicast));
    }
    for (DnsRecord record : answers) {
      out = out.concat(record.toBytes());
    }
    for (DnsRecord record : additionals) {
      out = out.concat(record.toBytes());
    }
    return out;
  }

  /** The next two bytes, most significant first. */
  static int readShort(ByteReader in) throws MalformedDataException {
    return (in.readByte() << Byte.SIZE) | in.readByte();
  }

  /** The low 16 bits, most significant first. */
  static Bytes shortBytes(int value) {
    return Bytes.of((value >> Byte.SIZE) & 0xff, value & 0xff);
  }
}
