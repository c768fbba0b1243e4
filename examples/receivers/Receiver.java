// A receiver of Standard Webhooks (dialects standard and diddo) in Java 17, without a library:
// PORT=9000 SECRET=whsec_... java Receiver.java
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.Objects;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Receiver {
    static final long TOLERANCE_SECONDS = 300;
    static final int BODY_BYTES_MAX = 2 * 1024 * 1024;

    /** Whether the bytes of the body were signed with the key in the last five minutes. */
    static boolean isGenuine(Headers headers, byte[] body, byte[] key) throws GeneralSecurityException {
        String id = Objects.requireNonNullElse(headers.getFirst("webhook-id"), "");
        String timestamp = Objects.requireNonNullElse(headers.getFirst("webhook-timestamp"), "");
        String signatures = Objects.requireNonNullElse(headers.getFirst("webhook-signature"), "");
        if (!timestamp.matches("\\d{1,11}")) return false;
        long age = Instant.now().getEpochSecond() - Long.parseLong(timestamp);
        if (Math.abs(age) > TOLERANCE_SECONDS) return false;
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
        byte[] expected = ("v1," + Base64.getEncoder().encodeToString(mac.doFinal(body))).getBytes(StandardCharsets.UTF_8);
        boolean isGenuine = false;
        // During a rotation there are several signatures.
        for (String given : signatures.split(" ")) {
            isGenuine |= MessageDigest.isEqual(expected, given.getBytes(StandardCharsets.UTF_8));
        }
        return isGenuine;
    }

    public static void main(String[] args) throws Exception {
        byte[] key = Base64.getDecoder().decode(System.getenv("SECRET").replaceFirst("^whsec_", ""));
        int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "9000"));
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        server.createContext("/", exchange -> {
            int status = 500;
            try {
                // The raw bytes: a JSON parser comes after the verification.
                byte[] body = exchange.getRequestBody().readNBytes(BODY_BYTES_MAX + 1);
                boolean fits = body.length <= BODY_BYTES_MAX;
                status = fits && isGenuine(exchange.getRequestHeaders(), body, key) ? 204 : 400;
                if (status == 204) {
                    String id = exchange.getRequestHeaders().getFirst("webhook-id");
                    System.out.println("received " + id + " " + new String(body, StandardCharsets.UTF_8));
                }
            } catch (GeneralSecurityException error) {
                System.err.println(error);
            } finally {
                exchange.sendResponseHeaders(status, -1);
                exchange.close();
            }
        });
        server.start();
        System.out.println("ready");
    }
}
