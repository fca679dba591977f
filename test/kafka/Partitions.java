// The partitions that Kafka's Java client gives keys, one a line of the standard input; the argument is how many there are.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;

public class Partitions {
  public static void main(String[] args) throws Exception {
    int partitions = Integer.parseInt(args[0]);
    StringBuilder said = new StringBuilder();
    BufferedReader keys = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String key = keys.readLine(); key != null; key = keys.readLine())
      said.append(BuiltInPartitioner.partitionForKey(key.getBytes(StandardCharsets.UTF_8), partitions)).append('\n');
    System.out.print(said);
  }
}
