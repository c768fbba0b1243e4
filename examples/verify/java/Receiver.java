import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Verifies deliveries of every dialect, at the path of its name:
 * javac *.java && PORT=9000 STANDARD_SECRET=whsec_... java Receiver
 */
class Receiver {
    static final int BODY_BYTES_MAX = 2 * 1024 * 1024;

    interface Check {
        boolean isGenuine(Headers headers, byte[] body, String secret) throws GeneralSecurityException;
    }

    static final Check STANDARD = (headers, body, secret) -> Standard.isGenuine(
            get(headers, "webhook-id"), get(headers, "webhook-timestamp"), get(headers, "webhook-signature"), body, secret);
    static final Map<String, Check> CHECKS = Map.of(
            "standard", STANDARD,
            "diddo", STANDARD,
            "calypso", (headers, body, secret) -> Calypso.isGenuine(get(headers, "Sign"), body, secret),
            "chip", (headers, body, publicKey) -> Chip.isGenuine(get(headers, "X-Signature"), body, publicKey),
            "spritz", (headers, body, secret) -> Spritz.isGenuine(get(headers, "Signature"), body, secret));

    static String get(Headers headers, String name) {
        return Objects.requireNonNullElse(headers.getFirst(name), "");
    }

    static int receive(HttpExchange exchange) throws IOException, GeneralSecurityException {
        String dialect = exchange.getRequestURI().getPath().substring(1);
        String secret = System.getenv(dialect.toUpperCase(Locale.ROOT) + "_SECRET");
        // The raw bytes: a JSON parser comes after the verification.
        byte[] body = exchange.getRequestBody().readNBytes(BODY_BYTES_MAX + 1);
        if (!CHECKS.containsKey(dialect) || secret == null || secret.isEmpty()) return 404;
        if (body.length > BODY_BYTES_MAX) return 413;
        if (!CHECKS.get(dialect).isGenuine(exchange.getRequestHeaders(), body, secret)) return 400;
        System.out.println("received " + dialect + " " + new String(body, UTF_8));
        return 200;
    }

    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "9000"));
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        server.createContext("/", exchange -> {
            int status = 500;
            try {
                status = receive(exchange);
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
