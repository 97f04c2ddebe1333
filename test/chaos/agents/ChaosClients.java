import java.io.BufferedWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Apache Kafka's own clients under faults. Everything they learn goes to a file, one line each; `verify.ts` judges.
 *
 * <pre>
 * produce BOOTSTRAP TOPIC PARTITIONS COUNT RECORDS_PER_SECOND FILE   until standard input ends
 * consume BOOTSTRAP TOPIC PARTITIONS COUNT FILE                      until standard input ends
 * </pre>
 *
 * Lines: {@code A producer seq partition offset ms} acknowledged; {@code U producer seq reason} unknown;
 * {@code R consumer partition offset value} read from the beginning without a group; {@code G ...} read in a group;
 * {@code X who reason} something that must not happen.
 */
public final class ChaosClients {
  private static volatile boolean stopping = false;
  private static BufferedWriter out;

  public static void main(String[] args) throws Exception {
    String mode = args[0];
    Path file = Path.of(args[args.length - 1]);
    out = Files.newBufferedWriter(file);
    List<Thread> threads = new ArrayList<>();
    int partitions = Integer.parseInt(args[3]);
    int count = Integer.parseInt(args[4]);
    for (int number = 0; number < count; number++) {
      int id = number;
      Thread thread =
          mode.equals("produce")
              ? new Thread(() -> produce(args[1], args[2], partitions, id, Integer.parseInt(args[5])))
              : new Thread(() -> consume(args[1], args[2], partitions, id, id % 2 == 1));
      thread.start();
      threads.add(thread);
    }
    while (System.in.read() >= 0) {}
    stopping = true;
    for (Thread thread : threads) thread.join();
    out.close();
    System.exit(0);
  }

  private static synchronized void say(String line) {
    try {
      out.write(line);
      out.newLine();
    } catch (java.io.IOException error) {
      throw new java.io.UncheckedIOException(error);
    }
  }

  private static void produce(String bootstrap, String topic, int partitions, int id, int perSecond) {
    Properties properties = common(bootstrap);
    properties.put("acks", "all");
    properties.put("enable.idempotence", "true");
    properties.put("linger.ms", "5");
    properties.put("delivery.timeout.ms", "180000");
    properties.put("max.block.ms", "180000");
    try (var producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
      long started = System.nanoTime();
      for (long seq = 0; !stopping; seq++) {
        long number = seq;
        int partition = (int) (seq % partitions);
        var record = new ProducerRecord<>(topic, partition, "p" + id, id + ":" + seq);
        producer.send(
            record,
            (metadata, error) -> {
              if (error == null) {
                say("A " + id + " " + number + " " + partition + " " + metadata.offset() + " " + System.currentTimeMillis());
              } else if (error instanceof TimeoutException || error instanceof RetriableException) {
                say("U " + id + " " + number + " " + oneLine(error));
              } else {
                say("X producer-" + id + " " + oneLine(error));
              }
            });
        long due = started + (seq + 1) * 1_000_000_000L / perSecond;
        long wait = due - System.nanoTime();
        if (wait > 1_000_000) Thread.sleep(wait / 1_000_000);
      }
      producer.flush();
    } catch (Exception error) {
      say("X producer-" + id + " " + oneLine(error));
    }
  }

  private static void consume(String bootstrap, String topic, int partitions, int id, boolean inGroup) {
    Properties properties = common(bootstrap);
    properties.put("enable.auto.commit", "false");
    properties.put("auto.offset.reset", inGroup ? "earliest" : "none");
    properties.put("session.timeout.ms", "10000");
    if (inGroup) properties.put("group.id", "chaos");
    String kind = inGroup ? "G" : "R";
    try (var consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
      if (inGroup) {
        consumer.subscribe(List.of(topic));
      } else {
        var all = IntStream.range(0, partitions).mapToObj(number -> new TopicPartition(topic, number)).toList();
        consumer.assign(all);
        for (TopicPartition one : all) consumer.seek(one, 0);
      }
      while (!stopping) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(500)))
          say(kind + " " + id + " " + record.partition() + " " + record.offset() + " " + record.value());
        if (inGroup) commit(consumer);
      }
    } catch (Exception error) {
      say("X consumer-" + id + " " + oneLine(error));
    }
  }

  /** A commit that fails is made up for by the next one; records may then be read twice, as in Kafka. */
  private static void commit(KafkaConsumer<String, String> consumer) {
    try {
      consumer.commitSync(Duration.ofSeconds(5));
    } catch (org.apache.kafka.clients.consumer.CommitFailedException | RetriableException expected) {
      // The group has moved on, or its coordinator has.
    }
  }

  private static Properties common(String bootstrap) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", bootstrap);
    // A stopped broker holds its connections open; whoever waits the default 30 s for it measures that.
    properties.put("request.timeout.ms", "5000");
    properties.put("default.api.timeout.ms", "60000");
    properties.put("metadata.max.age.ms", "2000");
    properties.put("reconnect.backoff.max.ms", "500");
    properties.put("retry.backoff.ms", "50");
    properties.put("retry.backoff.max.ms", "250");
    return properties;
  }

  private static String oneLine(Exception error) {
    return error.getClass().getSimpleName() + ": " + String.valueOf(error.getMessage()).replace('\n', ' ');
  }
}
