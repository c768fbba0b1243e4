import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Standard Webhooks: the dialects standard and diddo. */
class Standard {
    static final long TOLERANCE_SECONDS = 300;

    /**
     * Whether the body was signed with the secret in the last five minutes. id, timestamp and
     * signature are the headers webhook-id, webhook-timestamp and webhook-signature ("" when
     * missing); body is the bytes as they came, before any parser.
     */
    static boolean isGenuine(String id, String timestamp, String signature, byte[] body, String secret)
            throws GeneralSecurityException {
        if (!timestamp.matches("[0-9]{1,11}")) return false;
        long ageSeconds = Instant.now().getEpochSecond() - Long.parseLong(timestamp);
        if (Math.abs(ageSeconds) > TOLERANCE_SECONDS) return false;
        byte[] key = Base64.getDecoder().decode(secret.replace("whsec_", ""));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        mac.update((id + "." + timestamp + ".").getBytes(UTF_8));
        String expected = "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
        // During a rotation there is a signature for each valid secret.
        for (String given : signature.split(" ")) {
            if (MessageDigest.isEqual(expected.getBytes(UTF_8), given.getBytes(UTF_8))) return true;
        }
        return false;
    }
}
