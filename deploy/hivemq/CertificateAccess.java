// Access by certificate, which HiveMQ Community Edition has no setting for: each client is whom its
// certificate names, tenant/vehicle, under that client id and no other, and may use the topics of
// that vehicle alone. The certificate tenant/roadstream is that of the bridge.
package roadstream;

import com.hivemq.extension.sdk.api.ExtensionMain;
import com.hivemq.extension.sdk.api.auth.SimpleAuthenticator;
import com.hivemq.extension.sdk.api.auth.parameter.SimpleAuthOutput;
import com.hivemq.extension.sdk.api.auth.parameter.TopicPermission.MqttActivity;
import com.hivemq.extension.sdk.api.auth.parameter.TopicPermission.PermissionType;
import com.hivemq.extension.sdk.api.packets.auth.DefaultAuthorizationBehaviour;
import com.hivemq.extension.sdk.api.packets.connect.ConnackReasonCode;
import com.hivemq.extension.sdk.api.parameter.ExtensionStartInput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStartOutput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStopInput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStopOutput;
import com.hivemq.extension.sdk.api.services.Services;
import com.hivemq.extension.sdk.api.services.builder.Builders;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

public class CertificateAccess implements ExtensionMain {
    /** Of a URI among the alternative names, as `roadstream certificates` writes it. */
    private static final String VEHICLE_URI = "urn:roadstream:vehicle:";
    private static final int URI = 6;
    /** A wildcard in a name would open the topics of others. */
    private static final Pattern NAME = Pattern.compile("([A-Za-z0-9][A-Za-z0-9._-]{0,62})/[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final String BRIDGE = "/roadstream";

    @Override
    public void extensionStart(ExtensionStartInput input, ExtensionStartOutput output) {
        SimpleAuthenticator authenticator = (client, answer) -> {
            String name = client.getConnectionInformation().getClientTlsInformation()
                    .flatMap(tls -> tls.getClientCertificate()).map(CertificateAccess::nameIn).orElse("");
            var form = NAME.matcher(name);
            if (!form.matches()) refuse(answer, "The certificate names no tenant/vehicle.");
            else if (!isOwn(client.getClientInformation().getClientId(), name))
                refuse(answer, "The client id is not the name in the certificate.");
            else {
                boolean isBridge = name.endsWith(BRIDGE);
                String topics = "v1/" + (isBridge ? form.group(1) + "/+" : name);
                allow(answer, isBridge ? MqttActivity.SUBSCRIBE : MqttActivity.PUBLISH, topics + "/up/#");
                allow(answer, isBridge ? MqttActivity.PUBLISH : MqttActivity.SUBSCRIBE, topics + "/down/#");
                answer.getDefaultPermissions().setDefaultBehaviour(DefaultAuthorizationBehaviour.DENY);
                answer.authenticateSuccessfully();
            }
        };
        Services.securityRegistry().setAuthenticatorProvider(provider -> authenticator);
    }

    @Override
    public void extensionStop(ExtensionStopInput input, ExtensionStopOutput output) {}

    /** The bridge has further connections under its name with -2, -3 and so on behind it. */
    private static boolean isOwn(String clientId, String name) {
        return clientId.equals(name) || name.endsWith(BRIDGE) && clientId.matches(Pattern.quote(name) + "-[0-9]+");
    }

    private static void allow(SimpleAuthOutput answer, MqttActivity activity, String topicFilter) {
        answer.getDefaultPermissions().add(
                Builders.topicPermission().topicFilter(topicFilter).activity(activity).type(PermissionType.ALLOW).build());
    }

    private static void refuse(SimpleAuthOutput answer, String why) {
        answer.failAuthentication(ConnackReasonCode.NOT_AUTHORIZED, why);
    }

    /** The URI of a vehicle, or the common name where there is none; empty for a certificate that has neither. */
    private static String nameIn(X509Certificate certificate) {
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            if (alternatives != null)
                for (List<?> each : alternatives)
                    if (Objects.equals(each.get(0), URI) && String.valueOf(each.get(1)).startsWith(VEHICLE_URI))
                        return String.valueOf(each.get(1)).substring(VEHICLE_URI.length());
            for (Rdn part : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns())
                if (part.getType().equalsIgnoreCase("CN")) return String.valueOf(part.getValue());
            return "";
        } catch (CertificateParsingException | InvalidNameException unreadable) {
            return "";
        }
    }
}
