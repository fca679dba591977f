import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.main.Main;

/** Apache Camel from MQTT to Kafka, as safe as it can be told to be: a session that lasts, acknowledged by hand when Kafka has the message, keyed by
 *  the topic, which Camel leaves out otherwise. Arguments: MQTT broker and Kafka broker as host:port, filter, client id, topic of Kafka. */
public class Bridge {
  public static void main(String[] args) throws Exception {
    Main main = new Main();
    main.configure().addRoutesBuilder(new RouteBuilder() {
      public void configure() {
        from("paho-mqtt5:" + args[2] + "?brokerUrl=tcp://" + args[0] + "&qos=1&clientId=" + args[3]
            + "&cleanStart=false&sessionExpiryInterval=604800&manualAcksEnabled=true")
          .setHeader("kafka.KEY", header("CamelMqttTopic"))
          .to("kafka:" + args[4] + "?brokers=" + args[1]);
      }
    });
    main.run();
  }
}
