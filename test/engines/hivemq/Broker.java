// HiveMQ Community Edition for tests, with its configuration, its data and its extensions in the folder that is named. Without an extension there it
// takes everyone but the user "stranger"; the client "deaf" may not subscribe, "mute" may not publish.
import com.hivemq.embedded.EmbeddedExtension;
import com.hivemq.embedded.EmbeddedHiveMQ;
import com.hivemq.embedded.EmbeddedHiveMQBuilder;
import com.hivemq.extension.sdk.api.ExtensionMain;
import com.hivemq.extension.sdk.api.auth.SimpleAuthenticator;
import com.hivemq.extension.sdk.api.auth.parameter.TopicPermission;
import com.hivemq.extension.sdk.api.auth.parameter.TopicPermission.MqttActivity;
import com.hivemq.extension.sdk.api.auth.parameter.TopicPermission.PermissionType;
import com.hivemq.extension.sdk.api.packets.auth.DefaultAuthorizationBehaviour;
import com.hivemq.extension.sdk.api.parameter.ExtensionStartInput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStartOutput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStopInput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStopOutput;
import com.hivemq.extension.sdk.api.services.Services;
import com.hivemq.extension.sdk.api.services.builder.Builders;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

class Broker {
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        Path extensions = Files.createDirectories(folder.resolve("extensions"));
        EmbeddedHiveMQBuilder builder = EmbeddedHiveMQ.builder()
                .withConfigurationFolder(Files.createDirectories(folder.resolve("conf")))
                .withDataFolder(Files.createDirectories(folder.resolve("data")))
                .withExtensionsFolder(extensions);
        try (Stream<Path> own = Files.list(extensions)) {
            if (own.findAny().isEmpty()) builder.withEmbeddedExtension(EmbeddedExtension.builder()
                    .withId("access").withName("access").withVersion("1").withExtensionMain(new Access()).build());
        }
        EmbeddedHiveMQ broker = builder.build();
        broker.start().join();
        System.out.println("started");
        // Whoever started it holds the other end: when that is gone, this ends too.
        while (System.in.read() != -1) continue;
        broker.stop().join();
        System.exit(0);
    }

    static class Access implements ExtensionMain {
        private static final Map<String, MqttActivity> denied =
                Map.of("deaf", MqttActivity.SUBSCRIBE, "mute", MqttActivity.PUBLISH);

        public void extensionStart(ExtensionStartInput input, ExtensionStartOutput output) {
            SimpleAuthenticator authenticator = (client, answer) -> {
                if (client.getConnectPacket().getUserName().equals(Optional.of("stranger"))) {
                    answer.failAuthentication();
                    return;
                }
                MqttActivity activity = denied.get(client.getClientInformation().getClientId());
                if (activity != null) {
                    TopicPermission permission = Builders.topicPermission()
                            .topicFilter("#").activity(activity).type(PermissionType.DENY).build();
                    answer.getDefaultPermissions().add(permission);
                    // Whoever has a permission of any kind may do nothing else unless told so.
                    answer.getDefaultPermissions().setDefaultBehaviour(DefaultAuthorizationBehaviour.ALLOW);
                }
                answer.authenticateSuccessfully();
            };
            Services.securityRegistry().setAuthenticatorProvider(provider -> authenticator);
        }

        public void extensionStop(ExtensionStopInput input, ExtensionStopOutput output) {}
    }
}
